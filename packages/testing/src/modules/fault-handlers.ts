import { closeSync, openSync, writeSync } from 'node:fs'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { defineEvent, defineHandler, payload, type HandlerContext } from '@eventlane/core'

/** What a handler of the fault-injection run is told. */
export interface FaultJob {
  /** The file in which every start is noted, and nothing ever changed. */
  readonly ledger: string
  readonly id: string
}

/** The event that handlers emit from within. */
export const Further = defineEvent('faults.further', payload<FaultJob>())

let ledger: { readonly file: string; readonly descriptor: number } | undefined

/** Notes the start of a handler: one line, written at once and to the end of the file. */
function notesStart(name: string, { ledger: file, id }: FaultJob, attempt = 1): void {
  if (ledger?.file !== file) {
    if (ledger) closeSync(ledger.descriptor)
    ledger = { file, descriptor: openSync(file, 'a') }
  }
  writeSync(ledger.descriptor, `${name} ${id}${attempt === 1 ? '' : ` attempt ${String(attempt)}`}\n`)
}

export function fast(job: FaultJob): string {
  notesStart('fast', job)
  return job.id
}

export async function waits(job: FaultJob): Promise<string> {
  notesStart('waits', job)
  for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  return job.id
}

export function burns(job: FaultJob): number {
  notesStart('burns', job)
  let sum = 0
  for (let step = 0; step < 200_000; step += 1) sum += Math.sqrt(step)
  return sum
}

export function fails(job: FaultJob): never {
  notesStart('fails', job)
  throw new RangeError(job.id)
}

export async function emitsFurther(job: FaultJob, context: HandlerContext): Promise<void> {
  notesStart('emitsFurther', job)
  await context.emit(Further, job)
}

export function further(job: FaultJob): void {
  notesStart('further', job)
}

/** Fails at its first two attempts. */
export function recovers(job: FaultJob, { attempt }: HandlerContext): string {
  notesStart('recovers', job, attempt)
  if (attempt < 3) throw new RangeError(job.id)
  return job.id
}

/** Ends its worker at the first attempt. */
export function survives(job: FaultJob, { attempt }: HandlerContext): string {
  notesStart('survives', job, attempt)
  if (attempt === 1) process.exit(6)
  return job.id
}

/** Ends when its signal aborts, and not before. */
export async function listens(job: FaultJob, { signal }: HandlerContext): Promise<never> {
  notesStart('listens', job)
  while (!signal.aborted) await sleep(1)
  throw signal.reason
}

export function exits(job: FaultJob): never {
  notesStart('exits', job)
  process.exit(5)
}

export async function crashes(job: FaultJob): Promise<void> {
  notesStart('crashes', job)
  setTimeout(() => {
    throw new RangeError(job.id)
  })
  await new Promise(() => undefined)
}

export function leavesBomb(job: FaultJob): void {
  notesStart('leavesBomb', job)
  setTimeout(() => {
    throw new RangeError(job.id)
  }, 5)
}

export function blocks(job: FaultJob): void {
  notesStart('blocks', job)
  for (;;) Math.random()
}

for (const handler of [
  fast,
  waits,
  burns,
  fails,
  emitsFurther,
  further,
  listens,
  recovers,
  survives,
  exits,
  crashes,
  leavesBomb,
  blocks,
]) {
  defineHandler(import.meta.url, handler)
}
