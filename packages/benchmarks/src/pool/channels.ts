import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { channelPool, type Channel } from './channel-pool.js'
import type { PoolSubject } from './pool.js'
import type { Task } from './task.js'

const BATCH = 64

const threadWorker = new URL('workers/bare-thread.js', import.meta.url)
const processWorker = fileURLToPath(new URL('workers/bare-process.js', import.meta.url))

function threadChannel(): Channel {
  const worker = new Worker(threadWorker)
  return {
    send: (message) => {
      worker.postMessage(message)
    },
    receive: (listener) => {
      worker.removeAllListeners('message').on('message', listener)
    },
    close: () => worker.terminate(),
  }
}

function processChannel(): Channel {
  const child = fork(processWorker)
  return {
    send: (message) => {
      child.send(message as Task)
    },
    receive: (listener) => {
      child.removeAllListeners('message').on('message', listener)
    },
    close: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}

const subject = (name: string, makeChannel: () => Channel, batch: number): PoolSubject<Task> => ({
  name,
  open: (workers) => channelPool(Array.from({ length: workers }, makeChannel), batch),
})

export const rawThreads = subject('postMessage', threadChannel, 1)
export const rawThreadBatches = subject(`postMessage, batches of ${BATCH}`, threadChannel, BATCH)
export const rawProcesses = subject('fork', processChannel, 1)
export const rawProcessBatches = subject(`fork, batches of ${BATCH}`, processChannel, BATCH)
