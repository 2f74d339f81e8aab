import type { Report } from './report.js'

/** A report for programs. */
export interface JsonReport {
  readonly name: string
  readonly rows: readonly {
    readonly subject: string
    /** Table, metric and unit: `plain encode (ns)`. */
    readonly metric: string
    readonly median: number
    readonly min: number
    readonly max: number
  }[]
  /** Medians. */
  readonly ratios: Readonly<Record<string, number>>
}

export function jsonReport({ benchmark, measurements, ratios }: Report): JsonReport {
  return {
    name: benchmark.name,
    rows: measurements.rows.map(({ table, subject, metric, median, min, max }) => ({
      subject,
      metric: `${table} ${metric.name} (${metric.unit})`,
      median,
      min,
      max,
    })),
    ratios: Object.fromEntries(ratios.map(({ name, median }) => [name, median])),
  }
}
