import type { ExecutorReference } from './handlers.js'

/** What a test tells a program of `programs/`, as JSON in the environment variable `EVENTLANE_PROGRAM`. */
export interface ProgramSettings {
  readonly executor: ExecutorReference
  readonly options: object
  /** The directory of the test's witness. */
  readonly witness: string
  /** How often the program emits, where it asks. */
  readonly emissions: number
  /** The time, in milliseconds, that the program gives its emitter to close on a signal, where it asks. */
  readonly closeTimeoutMs?: number | undefined
}
