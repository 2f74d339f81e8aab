import {
  EventEmitter,
  EventLinker,
  type EmissionReport,
  type EmitterOptions,
  type Executor,
  type Handler,
  type TaskHandle,
} from '@eventlane/core'
import { expect, onTestFinished, test } from 'vitest'
import type { ExecutorFactory, PoolFactory, PoolFactoryOptions } from './executor-factory.js'
import type { Job } from './handlers.js'
import { isAlive, until, Witness } from './witness.js'

/** An emitter on the executor under test, and what a test needs around it. */
export interface Stage {
  readonly executor: Executor
  readonly linker: EventLinker
  readonly events: EventEmitter
  readonly witness: Witness
  /** A payload for the handlers of `@eventlane/testing/handlers`. */
  readonly job: (label?: string, more?: Omit<Job, 'witness' | 'label'>) => Job
}

/** What `test` takes here. */
export type DefineTest = (title: string, body: () => Promise<void>) => void

/** `test`, for what an executor claims; where it does not, there is no such test. */
export function testWhere(isClaimed: boolean): DefineTest {
  return (title, body) => {
    if (isClaimed) test(title, body)
  }
}

/** Sets a stage up for one test. When the test is over it is cleared, and no worker may be left. */
export function setStage(
  factory: ExecutorFactory | PoolFactory,
  options: PoolFactoryOptions = {},
  emitterOptions: Omit<EmitterOptions, 'executor' | 'linker'> = {},
): Stage {
  const executor = factory(options)
  const linker = new EventLinker()
  const events = new EventEmitter({ executor, linker, ...emitterOptions })
  const witness = new Witness()
  onTestFinished(async () => {
    witness.open()
    await events.shutdown({ cancelPending: true, timeoutMs: 10_000 })
    await executor.shutdown()
    expect(executor.stats()).toMatchObject({ queued: 0, workers: 0 })
    const { processes } = witness
    await until(() => !processes.some(isAlive), 'no process of a worker outlives the test')
    witness.remove()
  }, 25_000)
  const job: Stage['job'] = (label = '', more = {}) => ({ witness: witness.directory, label, ...more })
  return { executor, linker, events, witness, job }
}

/** What a handler returned; fails where it was not fulfilled. */
export function valueOf<Result>(report: EmissionReport, handler: Handler<never, Result>): Awaited<Result> {
  const outcome = report.of(handler)
  if (outcome?.status === 'fulfilled') return outcome.value
  throw new Error(`${handler.name} was not fulfilled`, { cause: outcome })
}

/** What a handler was rejected with; fails where it was not rejected. */
export function errorOf(report: EmissionReport, handler: Handler): unknown {
  const outcome = report.of(handler)
  if (outcome?.status === 'rejected') return outcome.error
  throw new Error(`${handler.name} was not rejected`, { cause: outcome })
}

/** What a handle's `await` throws; fails where it throws nothing. */
export async function errorOfRun(handle: TaskHandle): Promise<unknown> {
  try {
    await handle
  } catch (error) {
    return error
  }
  throw new Error('the run was fulfilled')
}

/** How each task of an emission ended, in link order. */
export function statuses(report: EmissionReport): string[] {
  return report.outcomes.map(({ status }) => status)
}

/** What a call throws; fails where it throws nothing. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

/** The messages of the warnings that eventlane gives meanwhile. */
export async function warningsOf(body: () => Promise<void>): Promise<string[]> {
  const messages: string[] = []
  const onWarning = ({ name, message }: Error): void => {
    if (name === 'EventlaneWarning') messages.push(message)
  }
  // Warnings are given in a later tick, those of earlier tests too.
  await new Promise(setImmediate)
  process.on('warning', onWarning)
  try {
    await body()
    await new Promise(setImmediate)
  } finally {
    process.off('warning', onWarning)
  }
  return messages
}
