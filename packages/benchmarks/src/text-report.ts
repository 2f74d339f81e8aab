import { Table } from 'console-table-printer'
import { figuresGrid } from './figures-grid.js'
import type { Grid } from './grid.js'
import { ratiosGrid } from './ratios-grid.js'
import type { Report } from './report.js'

/** A report for terminals and pipes. */
export function textReport({ benchmark, measurements, ratios }: Report): string {
  const { rows } = measurements
  return [
    `${benchmark.name}: ${benchmark.title}`,
    ...benchmark.tables.map(
      ({ name, title }) => `${title}\n${drawGrid(figuresGrid(rows.filter(({ table }) => table === name)))}`,
    ),
    `Ratios, medians of all rounds\n${drawGrid(ratiosGrid(ratios))}`,
  ].join('\n\n')
}

/** Without colours, which a pipe would show as signs. */
function drawGrid({ columns, rows }: Grid): string {
  const table = new Table({
    shouldDisableColors: true,
    columns: columns.map(({ title, alignment }) => ({ name: title, alignment })),
  })
  for (const row of rows)
    table.addRow(Object.fromEntries(columns.map(({ title }, index) => [title, row[index]])))
  return table.render()
}
