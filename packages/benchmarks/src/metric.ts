/** What figures say. */
export interface Metric {
  readonly name: string
  /** `ns` is printed as ns, µs, ms or s, whichever reads best. */
  readonly unit: string
  readonly better: 'less' | 'more'
}
