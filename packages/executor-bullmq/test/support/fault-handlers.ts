import { defineHandler } from '@eventlane/core'
import { Work, type Job } from './handlers.js'
import { isOpen, testify } from '@eventlane/testing/witness'

/** Blocks its event loop until its gate is open. */
export const spins = defineHandler(import.meta.url, Work, function spins(job) {
  testify(job, 'started')
  while (!isOpen(job, job.gate ?? 'all'));
  testify(job, 'ended')
})

/** Ends the process that it runs in. */
export const kills = defineHandler(import.meta.url, Work, function kills(job: Job) {
  testify(job, 'started')
  process.kill(process.pid, 'SIGKILL')
  for (;;);
})

/** Tells when it ran, in milliseconds since 1970. */
export const tellsTime = defineHandler(import.meta.url, Work, function tellsTime(job) {
  testify(job, 'ran')
  return Date.now()
})
