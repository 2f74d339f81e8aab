import { defineEvent, defineHandler, payload } from '@eventlane/core'

interface Start {
  readonly value: number
}

export const Started = defineEvent('started', payload<Start>())

/** What a program waits for that has just started. */
export function double({ value }: Start): number {
  return value * 2
}

defineHandler(import.meta.url, Started, double)
