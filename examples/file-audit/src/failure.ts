/** A file or folder that could not be audited. */
export interface Failure {
  /** Relative to the audited folder. */
  readonly path: string
  readonly reason: string
}

/** The failure of one path; of the error's message only the part that is the same in every realm and folder. */
export function failureOf(path: string, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  return { path, reason: message.split(/, |\n/, 1).join() }
}
