import { PayloadDecodeError, payloads } from '@eventlane/core'
import { showThrown, type TaskResult } from '@eventlane/core/executor'
import { UnrecoverableError, type Job } from 'bullmq'
import type { Envelope } from '../job/envelope.js'
import type { JobFailure, JobResult } from '../executor/result-stream.js'

/** Of a stack, so many characters are kept in Redis. */
const MAX_STACK_LENGTH = 10_000

type Fulfilled = Extract<TaskResult, { readonly status: 'fulfilled' }>

/** What the job of a task returns. */
export function jobResult({ awaited }: Envelope, { result, runMs }: Fulfilled): JobResult | null {
  return awaited ? { value: result.text, runMs: runMs ?? 0 } : null
}

/**
 * What the job of a task throws so that BullMQ tries it again, or does not.
 *
 * @throws Error as BullMQ is to see it
 */
export async function failedJob(
  job: Job,
  envelope: Envelope,
  result: Exclude<TaskResult, Fulfilled>,
): Promise<never> {
  switch (result.status) {
    case 'rejected':
      if (envelope.awaited) await noteFailure(job, result.error, result.runMs ?? 0)
      throw isHopeless(result.error)
        ? new UnrecoverableError(showThrown(result.error))
        : jobError(result.error)
    case 'cancelled':
      // It is no dead letter.
      job.opts.removeOnFail = true
      throw new UnrecoverableError(`cancelled: ${showThrown(result.reason)}`)
    case 'dropped':
    case 'handed-over':
      throw new Error(`the executor inside the worker did not run the handler: ${result.status}`)
  }
}

/**
 * Writes an error where the emitter that waits finds it: events of failed jobs only hold its message.
 *
 * @param isOutcome whether it is known to be the last one, though the handler has not returned
 */
export async function noteFailure(job: Job, error: unknown, runMs: number, isOutcome = false): Promise<void> {
  const failure: JobFailure = { error: payloads.encodeThrown(error), runMs, ...(isOutcome && { isOutcome }) }
  await job.updateProgress(failure)
}

/** Whether another attempt would fail in the same way. */
export function isHopeless(error: unknown): boolean {
  return error instanceof PayloadDecodeError
}

/** BullMQ takes some errors for orders, by their names and messages. */
function jobError(thrown: unknown): Error {
  const error = new Error(showThrown(thrown).slice(0, MAX_STACK_LENGTH))
  const stack = thrown instanceof Error ? thrown.stack : undefined
  if (typeof stack === 'string') error.stack = stack.slice(0, MAX_STACK_LENGTH)
  return error
}
