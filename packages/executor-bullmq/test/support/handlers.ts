import { setImmediate } from 'node:timers/promises'
import { defineEvent, defineHandler, payload } from '@eventlane/core'
import { trace } from '@opentelemetry/api'
import { isOpen, opened, testify, type Witnessed } from '@eventlane/testing/witness'

/** What the handlers here are told to do. */
export interface Job extends Witnessed {
  /** The gate that the handler waits for. */
  readonly gate?: string
  /** How many attempts fail before one does not. */
  readonly failures?: number
  /** What it is ordered by. */
  readonly key?: string
  /** How long it takes, in milliseconds. */
  readonly ms?: number
  /** Leaves no testimony. */
  readonly quiet?: boolean
}

export const Work = defineEvent('work.wanted', payload<Job>())
export const MoreWork = defineEvent('work.more', payload<Job>())

/** Says "ran" and returns the label. */
export const notes = defineHandler(import.meta.url, function notes(job: Job) {
  if (!job.quiet) testify(job, 'ran')
  return job.label
})

/** Like `notes`, by another name. */
export const notesAgain = defineHandler(import.meta.url, function notesAgain(job: Job) {
  testify(job, 'ran again')
})

/** Fails as often as it is told. */
export const fails = defineHandler(import.meta.url, Work, function fails(job, { attempt }) {
  testify(job, `attempt ${String(attempt)}`)
  if (attempt <= (job.failures ?? Number.POSITIVE_INFINITY))
    throw new RangeError(`failed at attempt ${String(attempt)}`)
  return attempt
})

/** Fails until a gate is open. */
export const failsUntilOpen = defineHandler(import.meta.url, Work, function failsUntilOpen(job) {
  if (!isOpen(job, job.gate ?? 'all')) throw new RangeError('not yet')
  testify(job, 'ran')
})

/** Says when it starts and ends, with a turn of the event loop in between. */
export const notesSlowly = defineHandler(import.meta.url, Work, async function notesSlowly(job) {
  testify(job, 'started')
  await setImmediate()
  testify(job, 'ended')
})

/** Blocks its event loop. */
export const computes = defineHandler(import.meta.url, Work, function computes(job) {
  testify(job, 'started')
  const end = Date.now() + (job.ms ?? 0)
  while (Date.now() < end);
  testify(job, 'ended')
})

/** Waits for its gate, or for its signal. */
export const holds = defineHandler(import.meta.url, Work, async function holds(job, { signal }) {
  testify(job, 'started')
  signal.addEventListener('abort', () => {
    testify(job, 'aborted')
  })
  await Promise.race([
    opened(job, job.gate ?? 'all'),
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error)
      })
    }),
  ])
  testify(job, 'ended')
})

/** Emits more work. */
export const emits = defineHandler(import.meta.url, Work, async function emits(job, context) {
  await context.emit(MoreWork, { ...job, label: `${job.label ?? ''} child` })
  testify(job, 'emitted')
  if (context.attempt <= (job.failures ?? 0)) throw new RangeError('failed after emitting')
})

/** Tells of its context. */
export const describesContext = defineHandler(
  import.meta.url,
  Work,
  function describesContext(_job, context) {
    const { event, emissionId, parentId, metadata, attempt, mode } = context
    return { event, emissionId, parentId, metadata, attempt, mode }
  },
)

/** Says what metadata it was given. */
export const tellsTrace = defineHandler(import.meta.url, Work, function tellsTrace() {
  return trace.getActiveSpan()?.spanContext().traceId
})

export const tellsMetadata = defineHandler(
  import.meta.url,
  MoreWork,
  function tellsMetadata(job, { metadata }) {
    testify(job, `metadata ${JSON.stringify(metadata)}`)
  },
)
