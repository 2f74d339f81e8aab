import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { LeakWatch } from '@eventlane/testing'
import { expect, onTestFinished, test } from 'vitest'

function startWatch(): LeakWatch {
  const watch = new LeakWatch()
  onTestFinished(() => {
    watch[Symbol.dispose]()
  })
  return watch
}

/** What can be left behind, how it is reported, and how it is cleared. */
const LEAKS: readonly (readonly [string, RegExp, () => () => unknown])[] = [
  [
    'a worker thread, idle and unref’d',
    /^thread \d+$/,
    () => {
      const worker = new Worker('setInterval(() => {}, 1000)', { eval: true })
      worker.unref()
      return () => worker.terminate()
    },
  ],
  [
    'a child process, unref’d',
    /^process \d+$/,
    () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
      child.unref()
      return () => child.kill('SIGKILL')
    },
  ],
  [
    'a timer',
    /^timer started at .*leak-watch\.test/,
    () => {
      const timer = setInterval(() => undefined, 1000)
      return () => {
        clearInterval(timer)
      }
    },
  ],
  [
    'a server',
    /more active TCPSERVERWRAP|more active TCPSocketWrap|more active TCPServerWrap/i,
    () => {
      const server = createServer().listen(0)
      return () => server.close()
    },
  ],
  [
    'a listener of the process',
    /more listeners of "SIGUSR2" on process/,
    () => {
      const listener = (): void => undefined
      process.on('SIGUSR2', listener)
      return () => process.off('SIGUSR2', listener)
    },
  ],
  [
    'a listener of its output',
    /more listeners of "drain" on stdout/,
    () => {
      const listener = (): void => undefined
      process.stdout.on('drain', listener)
      return () => process.stdout.off('drain', listener)
    },
  ],
]

for (const [what, report, leak] of LEAKS) {
  test(`${what} is found, and gone when it is cleared`, async () => {
    const watch = startWatch()
    expect(watch.leaks).toEqual([])
    const clear = leak()
    await new Promise(setImmediate)
    expect(watch.leaks).toEqual(expect.arrayContaining([expect.stringMatching(report)]))
    clear()
    await watch.settle()
    expect(watch.leaks).toEqual([])
  })
}

test('what was there before is no leak', async () => {
  const timer = setInterval(() => undefined, 1000)
  const watch = startWatch()
  await watch.settle()
  clearInterval(timer)
})

test('a timer is no leak that does not keep the program alive', () => {
  const watch = startWatch()
  const timer = setTimeout(() => undefined, 60_000).unref()
  expect(watch.leaks).toEqual([])
  timer.ref()
  expect(watch.leaks).toHaveLength(1)
  clearTimeout(timer)
})

test('a promised timer is a leak until it has ended', async () => {
  const watch = startWatch()
  const slept = sleep(5)
  expect(watch.leaks).toEqual([expect.stringMatching(/^timer started at .*leak-watch\.test/)])
  await slept
  expect(watch.leaks).toEqual([])
})

test('threads and processes that have ended are counted', async () => {
  const watch = startWatch()
  new Worker('', { eval: true })
  spawn(process.execPath, ['-e', ''], { stdio: 'ignore' })
  await new Promise(setImmediate)
  await watch.settle()
  expect(watch.ended).toBe(2)
})
