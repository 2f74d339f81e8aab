import { defineHandler, isMainRealm } from '@eventlane/core'
import { testify } from '../witness.js'
import type { Job } from '../handlers.js'

export function everywhere(job: Job): void {
  testify(job, 'ran')
}
defineHandler(import.meta.url, everywhere)

export function onlyInMain(job: Job): void {
  testify(job, 'ran')
}
if (isMainRealm) defineHandler(import.meta.url, onlyInMain)
