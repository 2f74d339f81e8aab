import type { Metric } from './metric.js'

/** One run of a contender, as one metric sees it. */
export interface Figure {
  readonly metric: Metric
  readonly value: number
}

/** A subject at a given task. */
export interface Contender {
  readonly subject: string
  /** Does the task for a while. It throws where the work turns out not to have been done. */
  readonly measure: (sampleMs: number) => readonly Figure[] | Promise<readonly Figure[]>
}

/** Contenders at the same task, measured one right after the other. */
export interface Contest {
  /** The name of the table that shows the figures; contests may share one, as columns. */
  readonly table: string
  readonly contenders: readonly Contender[]
}
