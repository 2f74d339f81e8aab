// Handlers of a worker that is a process of its own.
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineEvent, defineHandler, payload } from '@eventlane/core'

export const Ordered = defineEvent('ordered', payload())

const write = (job, what) => {
  appendFileSync(job.file, `${what} ${job.label} ${process.pid}\n`)
}

/** Says that it ran. */
export function records(job) {
  write(job, 'ran')
}
defineHandler(import.meta.url, records)

/** Takes its time, unless it is told to stop. */
export async function lingers(job, { signal }) {
  write(job, 'started')
  await sleep(job.ms, undefined, { signal })
  write(job, 'ended')
}
defineHandler(import.meta.url, lingers)

/** Fails always. */
export function collapses(job) {
  write(job, 'failed')
  throw new RangeError('collapsed')
}
defineHandler(import.meta.url, collapses)
