import { setTimeout as sleep } from 'node:timers/promises'
import { EventEmitter, EventLinker, WorkerLostError, type Handler } from '@eventlane/core'
import { ProcessExecutor, type ProcessExecutorOptions } from '@eventlane/executor-process'
import {
  aborts,
  describesItself,
  holds,
  ignoresTermination,
  interruptsItself,
  killsItself,
  MoreWork,
  Work,
  type Job,
} from '@eventlane/testing/handlers'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

function emitterOf(handler: Handler<Job>, options: ProcessExecutorOptions = {}) {
  const witness = mkdtempSync(join(tmpdir(), 'eventlane-process-'))
  const linker = new EventLinker()
  linker.on(Work, handler)
  linker.on(MoreWork, describesItself)
  const executor = new ProcessExecutor({ workers: 1, ...options })
  const events = new EventEmitter({ executor, linker })
  onTestFinished(async () => {
    await events.shutdown({ timeoutMs: 1000 })
    expect(executor.stats().workers).toBe(0)
    rmSync(witness, { recursive: true })
  })
  const pid = async (): Promise<number> => {
    const outcome = (await events.emit(MoreWork, { witness })).of(describesItself)
    if (outcome?.status !== 'fulfilled') throw new Error('no process id', { cause: outcome })
    return outcome.value.pid
  }
  const loss = async (job: Partial<Job> = {}): Promise<WorkerLostError> => {
    const [outcome] = (await events.emit(Work, { witness, ...job }).settled).outcomes
    if (outcome?.status === 'rejected' && outcome.error instanceof WorkerLostError) return outcome.error
    throw new Error('not rejected with a WorkerLostError', { cause: outcome })
  }
  return { events, executor, pid, loss, witness }
}

function isThere(file: string, text: string): boolean {
  return readFileSync(file, 'utf8').includes(text)
}

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const) {
  test(`a handler that kills its process by ${signal} is rejected with the signal`, async () => {
    const { executor, pid, loss } = emitterOf(killsItself)
    const before = await pid()
    expect(await loss({ signal })).toMatchObject({ exitCode: undefined, exitSignal: signal })
    expect(await pid()).not.toBe(before)
    expect(executor.stats().workersLost).toBe(1)
  })
}

test('process.abort() in a handler is told by its signal', async () => {
  const { loss } = emitterOf(aborts)
  const error = await loss()
  expect(error.exitSignal).toBe('SIGABRT')
  expect(error.message).toContain('SIGABRT')
  expect(error.culprit).toContain('aborts')
})

test('a process that is killed from outside while it runs a handler is replaced', async () => {
  const { events, pid, witness } = emitterOf(holds, { concurrency: 2 })
  const victim = await pid()
  const emission = events.emit(Work, { witness, gate: 'never' })
  while (emission.tasks[0]?.status !== 'running') await sleep(2)
  process.kill(victim, 'SIGKILL')
  const [outcome] = (await emission.settled).outcomes
  expect(outcome).toMatchObject({ status: 'rejected', error: { exitSignal: 'SIGKILL' } })
  expect(await pid()).not.toBe(victim)
})

test('a process that is killed from outside while it is idle is replaced, unnoticed', async () => {
  const { executor, pid } = emitterOf(holds)
  const victim = await pid()
  process.kill(victim, 'SIGKILL')
  while (executor.stats().workersLost === 0) await sleep(2)
  expect(await pid()).not.toBe(victim)
  expect(executor.stats()).toMatchObject({ workers: 1, workersLost: 1 })
})

// Windows knows no stopped processes.
test.skipIf(process.platform === 'win32')(
  'a process that is stopped is ended by shutdown all the same',
  async () => {
    const { events, executor, pid, witness } = emitterOf(holds)
    const stopped = await pid()
    const emission = events.emit(Work, { witness, gate: 'never' })
    while (emission.tasks[0]?.status !== 'running') await sleep(2)
    process.kill(stopped, 'SIGSTOP')
    expect(await events.shutdown({ timeoutMs: 20 })).toMatchObject({ total: 2, cancelled: 1 })
    expect(executor.stats().workers).toBe(0)
    expect(() => process.kill(stopped, 0)).toThrow('ESRCH')
  },
)

test.skipIf(process.platform === 'win32')(
  'a stopped process loses a task that times out, and is replaced',
  async () => {
    const { events, pid, witness } = emitterOf(holds, { killGraceMs: 50 })
    const stopped = await pid()
    const emission = events.emit(Work, { witness, gate: 'never' }, { timeoutMs: 200 })
    while (!isThere(join(witness, 'testimonies'), 'started')) await sleep(2)
    process.kill(stopped, 'SIGSTOP')
    expect((await emission.settled).outcomes).toMatchObject([
      { status: 'rejected', error: { code: 'ERR_HANDLER_TIMEOUT' } },
    ])
    expect(await pid()).not.toBe(stopped)
  },
)

test('a process whose handler ignores SIGTERM is ended', async () => {
  const { events, executor, pid, witness } = emitterOf(ignoresTermination)
  const deaf = await pid()
  const emission = events.emit(Work, { witness, gate: 'never' })
  while (!isThere(join(witness, 'testimonies'), 'started')) await sleep(2)
  expect(await events.shutdown({ timeoutMs: 20 })).toMatchObject({ total: 2, cancelled: 1 })
  expect((await emission.settled).cancelled).toBe(1)
  expect(executor.stats().workers).toBe(0)
  expect(() => process.kill(deaf, 0)).toThrow('ESRCH')
})

test('SIGINT does not end a process: when to stop is for the program to decide', async () => {
  const { events, executor, pid, witness } = emitterOf(interruptsItself)
  const before = await pid()
  expect((await events.emit(Work, { witness })).fulfilled).toBe(1)
  process.kill(before, 'SIGINT')
  expect(await pid()).toBe(before)
  expect(executor.stats().workersLost).toBe(0)
})
