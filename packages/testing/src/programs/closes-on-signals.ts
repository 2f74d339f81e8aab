import { closeOnSignals, defineHandler, EventEmitter, EventLinker, isMainRealm } from '@eventlane/core'
import { holds, Work, type Job } from '../handlers.js'
import { testify } from '../witness.js'
import { closeTimeoutMs, loadExecutor, witness } from './load-executor.js'

export async function heldHere(job: Job): Promise<void> {
  await holds(job)
}
defineHandler(import.meta.url, heldHere)

const linker = new EventLinker()
const events = new EventEmitter({ executor: await loadExecutor(), linker })
// Unguarded: workers import this module for its handler.
closeOnSignals(
  events,
  ['SIGTERM', 'SIGINT'],
  closeTimeoutMs === undefined ? {} : { timeoutMs: closeTimeoutMs },
)

if (isMainRealm) {
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => {
      try {
        events.emit(Work, { witness, gate: 'held' })
      } catch (error) {
        testify({ witness }, error instanceof Error ? `${signal}: ${error.name}` : 'unknown')
      }
    })
  }
  linker.on(Work, heldHere)
  events.emit(Work, { witness, gate: 'held' })
}
