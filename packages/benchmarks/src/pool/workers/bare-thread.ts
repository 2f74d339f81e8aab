import { parentPort } from 'node:worker_threads'
import { resultOf, type Task } from '../task.js'

// The limit of a thread: the answers to one task, or to a batch of them.
parentPort?.on('message', (message: Task | readonly Task[]) =>
  parentPort?.postMessage(Array.isArray(message) ? message.map(resultOf) : resultOf(message as Task)),
)
