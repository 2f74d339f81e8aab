import { isError, showThrown } from '@eventlane/core/executor'

/** How a worker ended. */
export interface WorkerExit {
  /** The exit code; `undefined` where a signal ended it. */
  readonly code: number | undefined
  /** The signal that ended it, such as `SIGKILL`. */
  readonly signal: string | undefined
  /** The uncaught error that ended it, where the runtime tells. */
  readonly error: unknown
  /** The last that it wrote to stderr, where that was seen. */
  readonly stderr: string
}

/** How the worker ended that never ran. */
export const NO_EXIT: WorkerExit = { code: undefined, signal: undefined, error: undefined, stderr: '' }

/** Signals that a process gets by its own doing. */
const SELF_INFLICTED = new Set(['SIGABRT', 'SIGSEGV', 'SIGTRAP', 'SIGILL', 'SIGBUS', 'SIGFPE', 'SIGSYS'])

/** Whether somebody else may have ended the worker: the operator, or the system that ran out of memory. */
export function mayBeFromOutside({ signal }: WorkerExit): boolean {
  return signal !== undefined && !SELF_INFLICTED.has(signal)
}

/** The end of a worker in words, to follow "the worker thread …". */
export function describeExit(exit: WorkerExit, wasReady: boolean): string {
  const { code, signal, error, stderr } = exit
  if (error !== undefined) {
    const neverRan = code === undefined && signal === undefined
    return neverRan ? `could not be started (${showThrown(error)})` : `crashed (${showThrown(error)})`
  }
  if (signal === undefined) return withLastWords(`exited with code ${String(code)}`, wasReady ? '' : stderr)
  if (/out of memory|allocation failed/i.test(stderr)) return `ran out of memory and was killed by ${signal}`
  if (signal === 'SIGABRT') return 'was killed by SIGABRT (process.abort, or a fault in native code)'
  return withLastWords(`was killed by ${signal}`, wasReady ? '' : stderr)
}

/** What is at the root of a worker's end: the error that was reported, or what it wrote to stderr when it failed to start. */
export function exitCause({ error, stderr }: WorkerExit, wasReady: boolean): unknown {
  if (error !== undefined || wasReady || stderr === '') return error
  const cause = new Error(headline(stderr))
  cause.stack = stderr
  return cause
}

function withLastWords(what: string, stderr: string): string {
  return stderr === '' ? what : `${what} (${headline(stderr)})`
}

/** The line of Node.js's dying words that names the error, else the first one. */
function headline(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^(Uncaught )?\w*(Error|Exception)\b.*:/.test(line)) ?? lines[0] ?? ''
}

/** Errors come out of child processes as plain objects. */
export function toError(thrown: unknown): unknown {
  if (isError(thrown) || typeof thrown !== 'object' || thrown === null || !('message' in thrown))
    return thrown
  return Object.assign(new Error(String(thrown.message)), thrown)
}
