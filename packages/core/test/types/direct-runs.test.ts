import {
  asCompleted,
  defineEvent,
  defineHandler,
  mapTasks,
  payload,
  runTask,
  waitAll,
  type Executor,
  type HandlerContext,
  type Outcome,
  type TaskHandle,
  type Waited,
} from '@eventlane/core'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const Tick = defineEvent('tick')
const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string(), total: z.bigint() }))
const Timed = defineEvent(
  'timed',
  z.string().transform((text) => new Date(text)),
)
const Named = defineEvent('named', payload<{ readonly name: string }>())

declare const executor: Executor
declare function score(order: { readonly total: number }, context: HandlerContext): Promise<number>
declare function perhaps(order?: string): string
declare function nothing(): boolean

const timed = defineHandler(import.meta.url, Timed, function timed(at) {
  return at.getTime()
})
const ordered = defineHandler(import.meta.url, OrderPlaced, async function ordered(order) {
  return Promise.resolve(order.total)
})
const ticks = defineHandler(import.meta.url, Tick, function ticks() {
  return 'tick'
})
const either = defineHandler(import.meta.url, [Timed, Named], function either(_value, { event }) {
  return event
})

it('runTask infers what the handler gives', () => {
  const _right = () => {
    expectTypeOf(runTask(executor, score, { total: 1 })).toEqualTypeOf<TaskHandle<number>>()
    expectTypeOf(runTask(executor, perhaps)).toEqualTypeOf<TaskHandle<string>>()
    expectTypeOf(runTask(executor, perhaps, 'x', { timeoutMs: 5 })).toEqualTypeOf<TaskHandle<string>>()
    expectTypeOf(runTask(executor, nothing)).toEqualTypeOf<TaskHandle<boolean>>()
    expectTypeOf(runTask(executor, ordered, { id: 'o', total: 1n })).toEqualTypeOf<TaskHandle<bigint>>()
    expectTypeOf(runTask(executor, ticks)).toEqualTypeOf<TaskHandle<string>>()
    const handle = runTask(executor, score, { total: 1 })
    expectTypeOf<Awaited<typeof handle>>().toEqualTypeOf<number>()
    expectTypeOf(handle.result).toEqualTypeOf<number | undefined>()
    expectTypeOf(handle.error).toEqualTypeOf<unknown>()
    expectTypeOf(handle.settled).toEqualTypeOf<Promise<Outcome<number>>>()
  }
})

it('runTask takes what the schema of the event takes', () => {
  const _right = () => {
    expectTypeOf(runTask(executor, timed, '2026-01-01')).toEqualTypeOf<TaskHandle<number>>()
    expectTypeOf(runTask(executor, either, { name: 'a' }, { event: Named })).toEqualTypeOf<
      TaskHandle<'timed' | 'named'>
    >()
    runTask(executor, either, '2026-01-01', { event: Timed })
  }
  const _wrong = () => {
    // @ts-expect-error -- the event takes text, and the handler gets a Date
    runTask(executor, timed, new Date())
    // @ts-expect-error -- neither of the events takes it
    runTask(executor, either, 5, { event: Named })
  }
})

it('runTask refuses a payload of the wrong type, a missing one, and wrong options', () => {
  const _wrong = () => {
    // @ts-expect-error -- the total is a number
    runTask(executor, score, { total: 'much' })
    // @ts-expect-error -- it takes an order
    runTask(executor, score)
    // @ts-expect-error -- it takes nothing
    runTask(executor, nothing, 'x')
    // @ts-expect-error -- it takes nothing
    runTask(executor, ticks, 'x')
    // @ts-expect-error -- an unknown option
    runTask(executor, score, { total: 1 }, { timeout: 5 })
    // @ts-expect-error -- no handler
    runTask(executor, 'score', { total: 1 })
    // @ts-expect-error -- no executor
    runTask({}, score, { total: 1 })
  }
})

it('mapTasks infers what it gives, and takes iterables of the payload', () => {
  const _right = async () => {
    for await (const result of mapTasks(executor, score, [{ total: 1 }])) {
      expectTypeOf(result).toEqualTypeOf<number>()
    }
    for await (const outcome of mapTasks(executor, score, new Set([{ total: 1 }]), { outcomes: true })) {
      expectTypeOf(outcome).toEqualTypeOf<Outcome<number>>()
    }
    async function* times() {
      yield await Promise.resolve('2026-01-01')
    }
    for await (const time of mapTasks(executor, timed, times(), { concurrency: 2, outcomes: false })) {
      expectTypeOf(time).toEqualTypeOf<number>()
    }
  }
  const _wrong = () => {
    // @ts-expect-error -- the total is a number
    mapTasks(executor, score, [{ total: 'much' }])
    // @ts-expect-error -- not an iterable
    mapTasks(executor, score, { total: 1 })
    // @ts-expect-error -- an unknown option
    mapTasks(executor, score, [{ total: 1 }], { outcome: true })
    // @ts-expect-error -- an option of the wrong type
    mapTasks(executor, score, [{ total: 1 }], { concurrency: '2' })
  }
})

it('asCompleted and waitAll give back the handles they were given', () => {
  const _right = async () => {
    const handles = [runTask(executor, score, { total: 1 })]
    for await (const { handle, outcome } of asCompleted(handles)) {
      expectTypeOf(handle).toEqualTypeOf<TaskHandle<number>>()
      expectTypeOf(outcome).toEqualTypeOf<Outcome<number>>()
    }
    expectTypeOf(await waitAll(handles)).toEqualTypeOf<Waited<TaskHandle<number>>>()
    const mixed = await waitAll([...handles, runTask(executor, perhaps)], { until: 'first-error' })
    expectTypeOf(mixed.settled).toEqualTypeOf<readonly (TaskHandle<number> | TaskHandle<string>)[]>()
  }
  const _wrong = () => {
    // @ts-expect-error -- no handles
    void waitAll([1])
    // @ts-expect-error -- no such condition
    void waitAll([], { until: 'last' })
  }
})
