import { defineHandler, isMainRealm } from '@eventlane/core'
import { testify } from '../witness.js'
import type { Job } from '../handlers.js'

export function unreachable(job: Job): void {
  testify(job, 'ran')
}
defineHandler(import.meta.url, unreachable)

if (!isMainRealm) await new Promise(() => setInterval(() => undefined, 1000))
