import { debuglog } from 'node:util'
import { isBoolean, isFunction } from '../options.js'
import { showThrown } from '../errors/thrown.js'
import type { EmitMessage, HandleMessage } from './tracing.js'

const environment = debuglog('eventlane')

/** Where debug lines go: `true` for the standard error stream. */
export type DebugOption = boolean | ((line: string) => void)

export const isDebugOption = (value: unknown): boolean => isBoolean(value) || isFunction(value)

/** Prints one line for each step of emissions, their tasks and their links. */
export class DebugLog {
  readonly #write: (line: string) => void

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  emitted({ event, emissionId, parentId, tasks = 0, isDirect }: EmitMessage): void {
    const verb = isDirect ? 'run' : 'emitted'
    const parent = parentId === undefined ? '' : `, by a handler of emission ${parentId}`
    this.#write(
      `${verb.padEnd(10)} ${nameOf(event, emissionId)}: ${String(tasks)} ${tasks === 1 ? 'task' : 'tasks'}${parent}`,
    )
  }

  refused({ event, emissionId, error }: EmitMessage): void {
    this.#write(`refused    ${nameOf(event, emissionId)}: ${firstLineOf(error)}`)
  }

  started({ event, emissionId, handler, attempt, mode }: HandleMessage): void {
    const again = attempt === 1 ? '' : `, attempt ${String(attempt)}`
    this.#write(`started    ${nameOf(event, emissionId)}: ${handler}, ${mode}${again}`)
  }

  settled(message: HandleMessage): void {
    const { event, emissionId, handler, outcome = '', isRetried, waitMs = 0, runMs = 0 } = message
    const why = 'error' in message ? message.error : message.reason
    const times = `waited ${milliseconds(waitMs)}, ran ${milliseconds(runMs)}`
    const next = isRetried ? ', will be tried again' : ''
    const reason = outcome === 'fulfilled' || outcome === 'handed-over' ? '' : `, ${firstLineOf(why)}`
    this.#write(`${outcome.padEnd(10)} ${nameOf(event, emissionId)}: ${handler}, ${times}${next}${reason}`)
  }

  linked(handler: string, events: readonly string[]): void {
    this.#write(`linked     ${namesOf(events)}: ${handler}`)
  }

  unlinked(handler: string, events: readonly string[]): void {
    this.#write(`unlinked   ${namesOf(events)}: ${handler}`)
  }
}

const errorStreamLog = new DebugLog(writeError)

/** The log, where it is wanted: by an option, or by `NODE_DEBUG=eventlane`. */
export function debugLog(option: DebugOption | undefined): DebugLog | undefined {
  if (typeof option === 'function') return new DebugLog(option)
  return option || environment.enabled ? errorStreamLog : undefined
}

function writeError(line: string): void {
  // As util.debuglog writes it, which is silent without NODE_DEBUG.
  process.stderr.write(`EVENTLANE ${String(process.pid)}: ${line}\n`)
}

function nameOf(event: string, emissionId: string): string {
  return `${JSON.stringify(event)} ${emissionId}`
}

function namesOf(events: readonly string[]): string {
  return events.map((event) => JSON.stringify(event)).join(', ')
}

function milliseconds(duration: number): string {
  return `${duration.toFixed(1)} ms`
}

function firstLineOf(thrown: unknown): string {
  return showThrown(thrown).split('\n', 1)[0] ?? ''
}
