import { performance } from 'node:perf_hooks'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { defineEvent, defineHandler, payload, type HandlerContext } from '@eventlane/core'

/** How much a handler has to compute, in turns of a loop, and for how long it has to wait, in milliseconds. */
export interface Errand {
  readonly turns: number
  readonly waitMs?: number
}

export const Due = defineEvent('placed.due', payload<Errand>())
export const Child = defineEvent('placed.child', payload<Errand>())
export const Called = defineEvent('placed.called', payload<() => void>())
export const Bulky = defineEvent('placed.bulky', payload<{ text: string }>())

const PARTS = 40

/** Computes, and cannot be left out by a compiler. */
export function compute(turns: number): number {
  let state = turns
  for (let turn = 0; turn < turns; turn += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state
}

export function computes({ turns }: Errand) {
  return compute(turns)
}

/** Waits before and after, in all for four times as long as it computes. */
export async function computesLater({ turns }: Errand) {
  await sleep(1)
  const begun = performance.now()
  const result = compute(turns)
  await sleep(4 * (performance.now() - begun))
  return result
}

export async function computesInParts({ turns }: Errand) {
  let sum = 0
  for (let part = 0; part < PARTS; part += 1) {
    await setImmediate()
    sum += compute(turns / PARTS)
  }
  return sum
}

export async function computesInMicrotasks({ turns }: Errand) {
  let sum = 0
  for (let part = 0; part < PARTS; part += 1) {
    await Promise.resolve()
    sum += compute(turns / PARTS)
  }
  return sum
}

export async function waits({ waitMs }: Errand) {
  await sleep(waitMs ?? 0)
}

export function tiny({ turns }: Errand) {
  return turns
}

export async function hasAChild(errand: Errand, context: HandlerContext) {
  await context.emit(Child, errand)
}

export function computesForItsParent({ turns }: Errand) {
  return compute(turns)
}

export function reads({ text }: { text: string }) {
  return text.length
}

export function calls(callback: () => void) {
  callback()
}

for (const handler of [
  computes,
  computesLater,
  computesInParts,
  computesInMicrotasks,
  waits,
  tiny,
  hasAChild,
  computesForItsParent,
])
  defineHandler(import.meta.url, handler)
defineHandler(import.meta.url, reads)
defineHandler(import.meta.url, calls)
