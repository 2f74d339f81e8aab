import type { Failure } from './failure.js'

/** What is audited, and on what terms. */
export interface Subject {
  readonly folder: string
  /** How many files the folder has. */
  readonly found: number
  /** The files to audit, relative to the folder, largest first. */
  readonly files: readonly string[]
  /** Folders that could not be read. */
  readonly unreadable: readonly Failure[]
  readonly workers: number
}
