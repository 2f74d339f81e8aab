import { defineHandler, EventEmitter, EventLinker } from '@eventlane/core'
import { Work, type Job } from '../handlers.js'
import { testify } from '../witness.js'
import { loadExecutor, witness } from './load-executor.js'

export function unguarded(job: Job): void {
  testify(job, 'ran')
}
defineHandler(import.meta.url, unguarded)

// What an entry module that defines handlers must guard with isMainRealm, and this one does not.
const linker = new EventLinker()
linker.on(Work, unguarded)
const events = new EventEmitter({ executor: await loadExecutor(), linker })
const report = await events.emit(Work, { witness }).settled
const [outcome] = report.outcomes
console.log(
  outcome?.status === 'rejected' && outcome.error instanceof Error
    ? `${outcome.error.name}: ${outcome.error.message}`
    : outcome?.status,
)
