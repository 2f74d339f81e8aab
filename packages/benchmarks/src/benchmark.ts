import type { Measurements } from './measurements.js'
import type { Ratio } from './ratio.js'
import type { Settings } from './settings.js'

/** A table of a benchmark. */
interface TableDescription {
  /** Part of the names of metrics and files. */
  readonly name: string
  readonly title: string
}

/** What a benchmark found. */
export interface BenchmarkResult {
  readonly measurements: Measurements
  readonly ratios: readonly Ratio[]
}

/** The machine lacks what a benchmark needs; the message says what. */
export class NotRunnableError extends Error {}

/** One benchmark: `pnpm bench <name>`. */
export interface Benchmark {
  readonly name: string
  readonly title: string
  /** In the order of their appearance. */
  readonly tables: readonly TableDescription[]
  /** What a reader must know to judge the figures: sentences, in Markdown. */
  readonly notes: readonly string[]
  /** The packages it compares with; their versions are printed beside the figures. */
  readonly peers: readonly string[]
  /** @throws NotRunnableError where the machine lacks what it needs */
  run(settings: Settings): Promise<BenchmarkResult>
}
