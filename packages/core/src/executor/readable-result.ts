import type { TaskResult } from './executor.js'

/** A result that this realm cannot decode, because it lacks a class, is a failure of the task. */
export function readable(result: Extract<TaskResult, { readonly status: 'fulfilled' }>): TaskResult {
  try {
    result.result.readAhead()
    return result
  } catch (error) {
    return { ...result, status: 'rejected', error }
  }
}
