/** A column of a grid. */
interface Column {
  readonly title: string
  readonly alignment: 'left' | 'right'
}

/** A table before anyone has drawn it. */
export interface Grid {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly string[])[]
}
