import type { Pool } from './pool.js'
import { resultOf, tasks, type Task } from './task.js'

/** One worker as a bare channel. Messages are answered in the order in which they are sent. */
export interface Channel {
  readonly send: (message: unknown) => void
  /** Takes the answers from now on. */
  readonly receive: (listener: (message: unknown) => void) => void
  readonly close: () => unknown
}

/** The texts are written in advance: what is measured is their way. */
const texts = new Map<Task, string>(tasks.map((task) => [task, JSON.stringify(task)]))
const results = new Map<string, number>(tasks.map((task) => [JSON.stringify(task), resultOf(task)]))

const textOf = (task: Task): string => texts.get(task) as string
/** What came back is compared with what was sent, text by text. */
const resultOfText = (text: unknown): number => results.get(text as string) ?? Number.NaN

/**
 * The limit of what a pool could do: texts there and back on the channels that Node.js has, without a protocol, and with
 * nothing that reads them.
 *
 * @param batch how many texts a message has; 1 is a bare text
 */
export function channelPool(channels: readonly Channel[], batch: number): Pool<Task> {
  const [first] = channels
  if (first === undefined) throw new RangeError('a pool needs a worker')
  return {
    run: (task) =>
      new Promise((resolve) => {
        first.receive((text) => {
          resolve(resultOfText(text))
        })
        first.send(textOf(task))
      }),
    flood: (ledger, inFlight) =>
      new Promise((resolve) => {
        for (const { send, receive } of channels) {
          const sendNext = (): void => {
            if (batch === 1) {
              const task = ledger.next()
              if (task !== undefined) send(textOf(task))
              return
            }
            const message: string[] = []
            while (message.length < batch) {
              const task = ledger.next()
              if (task === undefined) break
              message.push(textOf(task))
            }
            if (message.length > 0) send(message)
          }
          receive((message) => {
            if (batch === 1) ledger.enter(resultOfText(message))
            else for (const text of message as readonly string[]) ledger.enter(resultOfText(text))
            sendNext()
            if (ledger.isComplete) resolve()
          })
          for (let open = 0; open < inFlight / channels.length; open += batch) sendNext()
        }
      }),
    close: () => Promise.all(channels.map(({ close }) => close())),
  }
}
