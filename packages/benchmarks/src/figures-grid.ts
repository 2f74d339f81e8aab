import { formatExtremes, formatMedian } from './format.js'
import type { Grid } from './grid.js'
import type { Row } from './measurements.js'

/** Subjects as rows, metrics as columns: medians, and where all rounds lie. */
export function figuresGrid(rows: readonly Row[]): Grid {
  const metrics = [...new Set(rows.map(({ metric }) => metric.name))]
  const subjects = [...new Set(rows.map(({ subject }) => subject))]
  const cellsOf = (subject: string, metric: string): string[] => {
    const row = rows.find((one) => one.subject === subject && one.metric.name === metric)
    return row ? [formatMedian(row, row.metric.unit), formatExtremes(row, row.metric.unit)] : ['', '']
  }
  return {
    columns: [
      { title: 'subject', alignment: 'left' },
      ...metrics.flatMap((metric) => [
        { title: metric, alignment: 'right' as const },
        { title: `${metric}, min – max`, alignment: 'right' as const },
      ]),
    ],
    rows: subjects.map((subject) => [subject, ...metrics.flatMap((metric) => cellsOf(subject, metric))]),
  }
}
