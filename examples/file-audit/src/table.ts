import { Table } from 'console-table-printer'

/** A column: its title, on which side its cells stand, and what it shows of a row. */
export interface Column<Row> {
  readonly title: string
  readonly alignment: 'left' | 'right'
  readonly cell: (row: Row) => string
}

/** Text for terminal and pipe alike: no colours. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const table = new Table({
    shouldDisableColors: true,
    columns: columns.map(({ title, alignment }) => ({ name: title, alignment })),
  })
  for (const row of rows)
    table.addRow(Object.fromEntries(columns.map(({ title, cell }) => [title, cell(row)])))
  return table.render()
}
