import { defineHandler, isMainRealm, payloads } from '@eventlane/core'
import type { Job } from '../handlers.js'

/** A class that only workers have registered. */
class WorkersOwn {
  readonly field = 1
}
if (!isMainRealm) payloads.registerClass(WorkersOwn, 'conformance.WorkersOwn')

export function returnsWorkersOwn(_job: Job): unknown {
  return { held: new WorkersOwn() }
}
defineHandler(import.meta.url, returnsWorkersOwn)

export function throwsWorkersOwn(_job: Job): never {
  throw Object.assign(new Error('holds an instance'), { held: new WorkersOwn() })
}
defineHandler(import.meta.url, throwsWorkersOwn)
