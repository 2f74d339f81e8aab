import { resultOf, type Task } from '../task.js'

// The limit of a child process: the answers to one task, or to a batch of them.
process.on('message', (message: Task | readonly Task[]) =>
  process.send?.(Array.isArray(message) ? message.map(resultOf) : resultOf(message as Task)),
)
