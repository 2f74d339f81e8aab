import { setTimeout as sleep } from 'node:timers/promises'
import { defineEvent, defineHandler, payload } from '@eventlane/core'

/** Something to wait for, and what comes of it. */
export interface Wait {
  readonly ms: number
  readonly result: number
}

export const WaitDue = defineEvent('wait.due', payload<Wait>())

export const waits = defineHandler(import.meta.url, WaitDue, async function waits({ ms, result }) {
  await sleep(ms)
  return result
})
