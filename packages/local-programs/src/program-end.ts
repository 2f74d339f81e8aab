/** How a program ended, and what it printed. */
export interface ProgramEnd {
  /** Its exit code, or the name of the signal that ended it. */
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}
