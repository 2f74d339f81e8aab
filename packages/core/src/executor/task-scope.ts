import { AsyncLocalStorage } from 'node:async_hooks'
import type { Task } from './executor.js'
import { sharedState } from '../shared-state.js'

// Shared, so that an emitter of one copy of this package sees the handlers that an executor of another copy runs.
export const taskScope = sharedState('task-scope', () => new AsyncLocalStorage<Task>())

/** The task whose handler this code was called from, in this realm. */
export function currentTask(): Task | undefined {
  return taskScope.getStore()
}
