/** Payloads of one kind. They differ in their contents, so that nothing about them is constant. */
export interface PayloadSet<Value> {
  readonly name: string
  readonly title: string
  readonly values: readonly Value[]
  /** A number that only a copy with contents has; cheap beside any decoding. */
  readonly witness: (copy: Value) => number
  /** Whether a codec that is meant to keep such payloads has kept this one. */
  readonly isKept: (value: Value, copy: unknown) => boolean
}
