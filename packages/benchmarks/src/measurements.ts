import type { Figure } from './contest.js'
import type { Metric } from './metric.js'
import { ratioSpread, type Ratio, type Target } from './ratio.js'
import { spreadOf, type Spread } from './spread.js'

/** All rounds of a subject at a task, as one metric sees them. */
export interface Row extends Spread {
  readonly table: string
  readonly subject: string
  readonly metric: Metric
}

/** What is divided by what. */
export interface Quotient {
  readonly table: string
  readonly metric: string
  readonly of: string
  readonly by: string
  readonly target?: Target
}

/** What is compared with a fixed value. */
export interface FigureInQuestion extends Omit<Quotient, 'by'> {
  readonly per: number
}

interface Series {
  readonly table: string
  readonly subject: string
  readonly metric: Metric
  /** One for each round. */
  readonly values: number[]
}

/** The figures of all rounds. */
export class Measurements {
  readonly #series = new Map<string, Series>()

  /** Adds what one round found of a subject. */
  add(table: string, subject: string, { metric, value }: Figure): void {
    const key = keyOf(table, subject, metric.name)
    const series = this.#series.get(key)
    if (series) series.values.push(value)
    else this.#series.set(key, { table, subject, metric, values: [value] })
  }

  /** In the order in which contests and contenders were listed. */
  get rows(): Row[] {
    return [...this.#series.values()].map(({ values, ...series }) => ({ ...series, ...spreadOf(values) }))
  }

  /** A figure by itself that is to be kept within a limit, as a ratio to a given value. */
  figure(name: string, { table, metric, of, per, target }: FigureInQuestion): Ratio {
    const values = this.#series.get(keyOf(table, of, metric))?.values ?? []
    return { name, ...spreadOf(values.map((value) => value / per)), ...(target && { target }) }
  }

  ratio(name: string, { table, metric, of, by, target }: Quotient): Ratio {
    const valuesOf = (subject: string): readonly number[] =>
      this.#series.get(keyOf(table, subject, metric))?.values ?? []
    return { name, ...ratioSpread(valuesOf(of), valuesOf(by)), ...(target && { target }) }
  }
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts)
}
