import { Worker } from 'node:worker_threads'

/** Runs in a thread of its own: a handler that blocks the process's event loop does not block it. */
const WATCH = `
  const { workerData: parent } = require('node:worker_threads')
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const isGone = () => {
    if (process.ppid !== parent) return true
    try {
      return !process.kill(parent, 0)
    } catch (error) {
      return error.code === 'ESRCH'
    }
  }
  do Atomics.wait(cell, 0, 0, 1000)
  while (!isGone())
  process.kill(process.pid, 'SIGKILL')
`

/**
 * Ends this process when its parent has ended, also while a handler blocks the event loop, which then cannot hear that the
 * channel to the parent has closed. It costs a thread, about 10 MB and 30 ms of another core when the process starts.
 */
export function watchParent(): void {
  const options = { eval: true, workerData: process.ppid, execArgv: [], env: {}, trackUnmanagedFds: false }
  const watchdog = new Worker(WATCH, options)
  watchdog.unref()
  // Where no thread can be had, the closed channel ends the process all the same, once its event loop turns.
  watchdog.on('error', () => undefined)
}
