import {
  addressOf,
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  ExecutorOwnedError,
  InvalidLinkError,
  InvalidOptionError,
  type Executor,
} from '@eventlane/core'
import type { Task } from '@eventlane/core/executor'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { rejectionOf, thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const first = defineHandler(import.meta.url, function first() {
  return 'first'
})
const second = defineHandler(import.meta.url, function second() {
  return 'second'
})

/** Has room for so many tasks at a time, none of which has started. */
class RoomyExecutor extends LoopExecutor {
  room = Number.POSITIVE_INFINITY

  reserve(tasks: readonly Task[]): () => void {
    if (tasks.length > this.room) throw new RangeError('no room')
    this.room -= tasks.length
    return () => (this.room += tasks.length)
  }
}

class RefusingExecutor extends LoopExecutor {
  override submit(): void {
    throw new RangeError('refused')
  }
}

function setUp(executor: Executor, executors: Readonly<Record<string, Executor>>) {
  const linker = new EventLinker()
  return { linker, events: new EventEmitter({ executor, executors, linker }) }
}

describe('executors with names', () => {
  it('are given the tasks of the links that name them, and the executor those of the others', async () => {
    const main = new LoopExecutor()
    const other = new RoomyExecutor()
    const { linker, events } = setUp(main, { other })
    linker.on(Tick, first)
    linker.on(Tick, second, { executor: 'other' })
    const report = await events.emit(Tick)
    expect(report.of(second)).toMatchObject({ status: 'fulfilled', value: 'second' })
    expect(main.submitted).toEqual([expect.stringContaining('first')])
    expect(other.submitted).toEqual([expect.stringContaining('second')])
    expect(events.executor).toBe(main)
    expect(events.executors).toEqual({ other })
  })

  it('prepare the handlers of their own links', async () => {
    const main = new LoopExecutor()
    const other = new RoomyExecutor()
    const { linker, events } = setUp(main, { other })
    linker.on(Tick, first)
    linker.on(Tick, second, { executor: 'other' })
    linker.on(Tick, () => undefined, { local: true })
    await events.ready()
    expect(main.prepared).toEqual([[addressOf(first)]])
    expect(other.prepared).toEqual([[addressOf(second)]])
  })

  it('are ended with the emitter, which owns them all, or none', async () => {
    const owned = [new RoomyExecutor(), new RoomyExecutor()] as const
    const { events } = setUp(owned[0], { other: owned[1] })
    expect(thrownBy(() => setUp(new LoopExecutor(), { other: owned[1] }))).toBeInstanceOf(ExecutorOwnedError)
    await events.shutdown()
    const shared = [new RoomyExecutor(), new RoomyExecutor()] as const
    const options = { executor: shared[0], executors: { other: shared[1] }, ownsExecutor: false }
    await new EventEmitter(options).shutdown()
    await new EventEmitter(options).terminate()
    expect([...owned, ...shared].map(({ ended }) => ended)).toEqual([['shutdown'], ['shutdown'], [], []])
  })

  it('leave those free that an emitter which is refused would have owned', async () => {
    const main = new LoopExecutor()
    const other = new RoomyExecutor()
    await using owner = setUp(other, {}).events
    expect(thrownBy(() => setUp(main, { other }))).toBeInstanceOf(ExecutorOwnedError)
    await using free = setUp(main, {}).events
    expect([owner.executor, free.executor]).toEqual([other, main])
  })

  it('keep an order each by its own capability', () => {
    const { linker, events } = setUp(new LoopExecutor(), { other: new RoomyExecutor({ order: false }) })
    linker.on(Tick, first, { order: 'serial' })
    events.emit(Tick)
    linker.on(Tick, second, { order: 'serial', executor: 'other' })
    const error = thrownBy(() => events.emit(Tick))
    expect(error).toBeInstanceOf(InvalidLinkError)
    expect((error as Error).message).toContain('second')
  })

  it.each([['first'], ['second']])('are all given nothing where one has no room, be it the %s', (full) => {
    const main = new RoomyExecutor()
    const other = new RoomyExecutor()
    const { linker, events } = setUp(main, { other })
    linker.once(Tick, first)
    linker.once(Tick, second, { executor: 'other' })
    ;(full === 'first' ? main : other).room = 0
    expect(thrownBy(() => events.emit(Tick))).toMatchObject({ message: 'no room' })
    expect([main.submitted, other.submitted]).toEqual([[], []])
    expect(linker.links()).toHaveLength(2)
    const rooms = [main.room, other.room]
    expect(rooms.sort()).toEqual([0, Number.POSITIVE_INFINITY])
  })

  it('may have one among them that cannot reserve room: what it refuses, no other is given', () => {
    const main = new RefusingExecutor()
    const other = new RoomyExecutor()
    other.room = 5
    const { linker, events } = setUp(main, { other })
    linker.on(Tick, second, { executor: 'other' })
    linker.on(Tick, first)
    expect(thrownBy(() => events.emit(Tick))).toMatchObject({ message: 'refused' })
    expect(other.submitted).toEqual([])
    expect(other.room).toBe(5)
  })

  it('that are ended by a hook in the middle of emit have their tasks cancelled, and lose none', async () => {
    const main = new LoopExecutor()
    const others = { other: new RoomyExecutor() }
    const { linker, events } = setUp(main, others)
    main.submit = (tasks) => {
      LoopExecutor.prototype.submit.call(main, tasks)
      others.other.submit = () => {
        throw new RangeError('ended')
      }
    }
    linker.on(Tick, second, { executor: 'other' })
    linker.on(Tick, first)
    const report = await events.emit(Tick).settled
    expect(report.outcomes).toMatchObject([
      { status: 'cancelled', reason: { message: 'ended' } },
      { status: 'fulfilled' },
    ])
    expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 1, cancelled: 1 })
  })
})

describe('a link that names an executor', () => {
  it('which the emitter does not have is refused when the emitter is built, naming the link', () => {
    const linker = new EventLinker()
    linker.on(Tick, second, { executor: 'isolatd' })
    const executors = { isolated: new RoomyExecutor() }
    const error = thrownBy(() => new EventEmitter({ executor: new LoopExecutor(), executors, linker }))
    expect(error).toBeInstanceOf(InvalidLinkError)
    for (const part of ['"isolatd"', 'only isolated', '"tick"', 'second'])
      expect((error as Error).message).toContain(part)
    expect(thrownBy(() => new EventEmitter({ executor: new LoopExecutor(), linker }))).toMatchObject({
      message: expect.stringContaining('no executors with names') as string,
    })
  })

  it('which the emitter does not have is refused by emit and by ready, and nothing has happened', async () => {
    const main = new LoopExecutor()
    const { linker, events } = setUp(main, {})
    linker.once(Tick, first)
    linker.on(Tick, second, { executor: 'toString' })
    expect(thrownBy(() => events.emit(Tick))).toBeInstanceOf(InvalidLinkError)
    expect(await rejectionOf(events.ready())).toBeInstanceOf(InvalidLinkError)
    expect(main.submitted).toEqual([])
    expect(linker.links()).toHaveLength(2)
  })

  it.each([
    ['is local', { local: true, executor: 'isolated' }, 'local'],
    ['gives no name', { executor: 1 }, 'executor'],
  ])('is refused where it %s', (_, options, message) => {
    const error = thrownBy(() => new EventLinker().on(Tick, first, options as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect((error as Error).message).toContain(message)
  })

  it('may be made by a decorator', async () => {
    const other = new RoomyExecutor()
    const { linker, events } = setUp(new LoopExecutor(), { other })
    class Score {
      @linker.on(Tick, { executor: 'other' })
      static compute(this: void): string {
        return 'scored'
      }
    }
    expect((await events.emit(Tick)).of(Score.compute)).toMatchObject({ value: 'scored' })
    expect(other.submitted).toEqual([expect.stringContaining('Score.compute')])
  })
})

describe('new EventEmitter with executors', () => {
  const main = new LoopExecutor()
  it.each([
    ['is no executor', { other: {} }, 'executors.other'],
    ['is undefined', { other: undefined }, 'executors.other'],
    ['is the executor itself', { other: main }, 'given twice'],
    ['cannot reserve room, as the executor cannot', { other: new LoopExecutor() }, 'cannot reserve room'],
  ])('refuses one that %s', (_, executors, message) => {
    const error = thrownBy(() => setUp(main, executors as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect((error as Error).message).toContain(message)
  })

  it.each([[1], [[]], [new Map()]])('refuses %o, which is no plain object', (executors) => {
    expect(thrownBy(() => setUp(main, executors as never))).toBeInstanceOf(InvalidOptionError)
  })
})
