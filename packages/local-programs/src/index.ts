/**
 * Finds programs of this machine, runs them and keeps what they print, for tests of this repository.
 *
 * There is no build: Vitest loads the sources, and so does the bundler of a package that uses them.
 *
 * @module @eventlane/local-programs
 */
export { findProgram } from './find-program.js'
export { runNode, startNode } from './node-programs.js'
export type { ProgramEnd } from './program-end.js'
export { RunningProgram, type StartOptions } from './running-program.js'
