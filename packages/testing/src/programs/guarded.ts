import { defineHandler, EventEmitter, EventLinker, isMainRealm } from '@eventlane/core'
import { Work, type Job } from '../handlers.js'
import { testify } from '../witness.js'
import { loadExecutor, witness } from './load-executor.js'

export function guarded(job: Job): void {
  testify(job, 'ran')
}
defineHandler(import.meta.url, guarded)

if (isMainRealm) {
  const linker = new EventLinker()
  linker.on(Work, guarded)
  await using events = new EventEmitter({ executor: await loadExecutor(), linker })
  events.emit(Work, { witness })
}
