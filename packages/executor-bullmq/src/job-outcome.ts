import { PayloadDecodeError, payloads, showThrown, type TaskResult } from '@eventlane/core'
import { UnrecoverableError, type Job } from 'bullmq'
import type { Envelope } from './envelope.js'
import type { JobFailure, JobResult } from './result-stream.js'

/** Of a stack, so many characters are kept in Redis. */
const MAX_STACK_LENGTH = 10_000

/**
 * What the job of a task returns, or throws so that BullMQ tries it again.
 *
 * @throws Error as BullMQ is to see it
 */
export async function jobOutcome(
  job: Job,
  envelope: Envelope,
  result: TaskResult,
): Promise<JobResult | null> {
  switch (result.status) {
    case 'fulfilled':
      return envelope.awaited ? { value: result.result.text, runMs: result.runMs ?? 0 } : null
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
