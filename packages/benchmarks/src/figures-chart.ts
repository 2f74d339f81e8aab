import { barChart, type Panel } from './bar-chart.js'
import { formatMedian } from './format.js'
import type { Row } from './measurements.js'

/** The rows of a table as bars, a panel for each metric. */
export function figuresChart(title: string, rows: readonly Row[]): string {
  const metrics = new Set(rows.map(({ metric }) => metric.name))
  return barChart(
    title,
    [...metrics].map((name) => panelOf(rows.filter(({ metric }) => metric.name === name))),
  )
}

function panelOf(rows: readonly Row[]): Panel {
  const [first] = rows
  return {
    title: first ? `${first.metric.name} (${first.metric.better} is better)` : '',
    bars: rows.map((row) => ({
      label: row.subject,
      value: row.median,
      min: row.min,
      max: row.max,
      text: formatMedian(row, row.metric.unit),
      highlighted: row.subject.startsWith('eventlane'),
    })),
  }
}
