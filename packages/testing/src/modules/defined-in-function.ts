import { defineHandler } from '@eventlane/core'
import { testify } from '../witness.js'
import type { Job } from '../handlers.js'

/** Defines its handler when it is called, which a worker does not do. */
export function makeHandler(): (job: Job) => void {
  function madeOnDemand(job: Job): void {
    testify(job, 'ran')
  }
  return defineHandler(import.meta.url, madeOnDemand)
}
