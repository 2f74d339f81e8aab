import type { Pool } from './pool.js'
import type { Task } from './task.js'

/** One worker as a bare channel. Messages are answered in the order in which they are sent. */
export interface Channel {
  readonly send: (message: unknown) => void
  /** Takes the answers from now on. */
  readonly receive: (listener: (message: unknown) => void) => void
  readonly close: () => unknown
}

/**
 * The limit of what a pool could do: tasks there and results back on the channels that Node.js has, without a protocol.
 *
 * @param batch how many tasks a message has; 1 is a bare task
 */
export function channelPool(channels: readonly Channel[], batch: number): Pool<Task> {
  const [first] = channels
  if (first === undefined) throw new RangeError('a pool needs a worker')
  return {
    run: (task) =>
      new Promise((resolve) => {
        first.receive((result) => {
          resolve(result as number)
        })
        first.send(task)
      }),
    flood: (ledger, inFlight) =>
      new Promise((resolve) => {
        for (const { send, receive } of channels) {
          const sendNext = (): void => {
            if (batch === 1) {
              const task = ledger.next()
              if (task !== undefined) send(task)
              return
            }
            const message: Task[] = []
            while (message.length < batch) {
              const task = ledger.next()
              if (task === undefined) break
              message.push(task)
            }
            if (message.length > 0) send(message)
          }
          receive((message) => {
            if (batch === 1) ledger.enter(message as number)
            else for (const result of message as readonly number[]) ledger.enter(result)
            sendNext()
            if (ledger.isComplete) resolve()
          })
          for (let open = 0; open < inFlight / channels.length; open += batch) sendNext()
        }
      }),
    close: () => Promise.all(channels.map(({ close }) => close())),
  }
}
