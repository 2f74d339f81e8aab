import { setTimeout as sleep } from 'node:timers/promises'
import { defineHandler, isMainRealm } from '@eventlane/core'
import { testify } from '../witness.js'
import type { Job } from '../handlers.js'

/** How long workers need to import this module, in milliseconds. */
export const IMPORT_MS = 1500

if (!isMainRealm) await sleep(IMPORT_MS)

export function quick(job: Job): void {
  testify(job, 'ran')
}
defineHandler(import.meta.url, quick)
