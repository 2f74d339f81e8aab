import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import {
  defineEvent,
  EventEmitter,
  EventLinker,
  payload,
  type EmitMessage,
  type HandleMessage,
  type HandlerContext,
} from '@eventlane/core'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'

const Work = defineEvent('work', payload<{ failures: number }>())
const Child = defineEvent('child')
const emitChannel = tracingChannel<string, { event: string; error?: unknown }>('eventlane.emit')
const handleChannel = tracingChannel<string, { event: string; attempt: number }>('eventlane.handle')

describe('what subscribers bind to the start channels', () => {
  const span = new AsyncLocalStorage<string>()

  afterEach(() => {
    emitChannel.start.unbindStore(span)
    handleChannel.start.unbindStore(span)
  })

  it('is there in the handlers, in their ends, and in what they emit', async () => {
    const bind = (what: string) => (message: { event: string }) =>
      [span.getStore() ?? 'program', `${what} ${message.event}`].join(' > ')
    emitChannel.start.bindStore(span, bind('emit'))
    handleChannel.start.bindStore(span, bind('handle'))
    const seen: string[] = []
    const see = (what: string) => () => seen.push(`${what}: ${span.getStore() ?? 'nothing'}`)
    const seeEnd = see('ended')
    subscribe('tracing:eventlane.handle:asyncEnd', seeEnd)
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const emitsChild = (_: unknown, context: HandlerContext) => {
      see('handler')()
      void context.emit(Child)
    }
    linker.on(Work, emitsChild, { local: true })
    linker.on(Child, see('child'), { local: true })
    events.emit(Work, { failures: 0 })
    expect(span.getStore()).toBeUndefined()
    await events.drain()
    unsubscribe('tracing:eventlane.handle:asyncEnd', seeEnd)
    const outer = 'program > emit work > handle work'
    expect(seen).toEqual([
      `handler: ${outer}`,
      `ended: ${outer}`,
      `child: ${outer} > emit child > handle child`,
      `ended: ${outer} > emit child > handle child`,
    ])
  })

  it('is bound anew for each attempt, and leaves the AsyncLocalStorage of the program as it was at emit', async () => {
    const own = new AsyncLocalStorage<string>()
    handleChannel.start.bindStore(span, ({ attempt }) => `attempt ${String(attempt)}`)
    const seen: unknown[] = []
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const fails = ({ failures }: { failures: number }, { attempt }: HandlerContext) => {
      seen.push([span.getStore(), own.getStore()])
      if (attempt <= failures) throw new Error('not yet')
    }
    linker.on(Work, fails, { local: true, retry: { attempts: 2, delayMs: 1 } })
    await own.run('request', () => events.emit(Work, { failures: 1 }))
    expect(seen).toEqual([
      ['attempt 1', 'request'],
      ['attempt 2', 'request'],
    ])
  })
})

describe('what subscribers add at the start', () => {
  /** Subscribes for one test. */
  function onStart(operation: 'emit' | 'handle', listener: (message: EmitMessage & HandleMessage) => void) {
    const name = `tracing:eventlane.${operation}:start`
    const heard = (message: unknown) => {
      listener(message as EmitMessage & HandleMessage)
    }
    subscribe(name, heard)
    onTestFinished(() => void unsubscribe(name, heard))
  }

  it('to the metadata goes to the handlers and to what they emit, over what is there and under what hooks add', async () => {
    onStart('emit', ({ event, addedMetadata }) => {
      Object.assign(addedMetadata, { trace: event, stale: undefined })
    })
    const seen: unknown[] = []
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    events.use({ beforeEmit: ({ metadata }) => (metadata.hook = metadata.trace) })
    const see = (_: unknown, context: HandlerContext) => {
      seen.push(context.metadata)
      if (context.event === 'work') void context.emit(Child)
    }
    linker.on([Work, Child], see, { local: true })
    events.emit(Work, { failures: 0 }, { metadata: { tenant: 7n, trace: 'given', stale: 'yes' } })
    await events.drain()
    expect(seen).toEqual([
      { tenant: 7n, trace: 'work', hook: 'work' },
      { tenant: 7n, trace: 'child', hook: 'child' },
    ])
  })

  it('to the metadata of an attempt is found by that attempt, and not by what it emits', async () => {
    onStart('handle', ({ attempt, event, addedMetadata }) => {
      if (event === 'work') addedMetadata.attempt = String(attempt)
    })
    const seen: unknown[] = []
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const fails = ({ failures }: { failures: number }, { attempt, metadata, emit }: HandlerContext) => {
      seen.push(metadata)
      if (attempt <= failures) throw new Error('not yet')
      void emit(Child)
    }
    linker.on(Work, fails, { local: true, retry: { attempts: 2, delayMs: 1 } })
    linker.on(Child, (_, { metadata }) => void seen.push(metadata), { local: true })
    events.emit(Work, { failures: 1 }, { metadata: { tenant: 7n } })
    await events.drain()
    expect(seen).toEqual([{ tenant: 7n, attempt: '1' }, { tenant: 7n, attempt: '2' }, { tenant: 7n }])
  })

  it('where nothing is left of the metadata, it is empty', async () => {
    onStart('emit', ({ addedMetadata }) => (addedMetadata.tenant = undefined))
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.on(Child, (_, { metadata }) => metadata, { local: true })
    const { outcomes } = await events.emit(Child, undefined, { metadata: { tenant: 'acme' } })
    expect(outcomes).toMatchObject([{ value: {} }])
  })

  it('as scopes is around the emission, or the attempt, and all that belongs to it, the first outermost', async () => {
    const store = new AsyncLocalStorage<string>()
    const enter = (name: string) => (run: () => void) => {
      store.run([store.getStore() ?? 'program', name].join(' > '), run)
    }
    onStart('emit', ({ scopes, event }) => void scopes.push(enter(`emit ${event}`), enter('second')))
    onStart('handle', ({ scopes, event }) => void scopes.push(enter(`handle ${event}`)))
    const seen: unknown[] = []
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const see = (_: unknown, context: HandlerContext) => {
      seen.push(store.getStore())
      if (context.event === 'work') void context.emit(Child)
    }
    linker.on([Work, Child], see, { local: true })
    events.emit(Work, { failures: 0 })
    expect(store.getStore()).toBeUndefined()
    await events.drain()
    const outer = 'program > emit work > second > handle work'
    expect(seen).toEqual([outer, `${outer} > emit child > second > handle child`])
  })

  it('as a scope that throws is an uncaught exception, and the emission goes on', async () => {
    onStart('emit', ({ scopes }) => {
      scopes.push(() => {
        throw new Error('no scope')
      })
    })
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve))
    onTestFinished(() => {
      for (const other of others) process.on('uncaughtException', other)
    })
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.on(Child, () => 'handled', { local: true })
    const { outcomes } = await events.emit(Child)
    expect(outcomes).toMatchObject([{ value: 'handled' }])
    expect(await uncaught).toMatchObject({ message: 'no scope' })
  })
})

describe('a subscriber', () => {
  it('that comes between emit and the handler is told nothing of that emission', async () => {
    const seen: string[] = []
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.on(Child, () => undefined, { local: true })
    const before = events.emit(Child)
    const listener = (message: unknown) => seen.push((message as { emissionId: string }).emissionId)
    subscribe('tracing:eventlane.emit:asyncEnd', listener)
    subscribe('tracing:eventlane.handle:asyncEnd', listener)
    const after = events.emit(Child)
    await Promise.all([before, after])
    unsubscribe('tracing:eventlane.emit:asyncEnd', listener)
    unsubscribe('tracing:eventlane.handle:asyncEnd', listener)
    expect(seen).toEqual([after.id, after.id])
  })

  it('of emissions is told of those that nobody handles', () => {
    const seen: unknown[] = []
    const events = new EventEmitter({ executor: new LoopExecutor(), linker: new EventLinker() })
    const listener = (message: unknown) => seen.push(message)
    subscribe('tracing:eventlane.emit:asyncEnd', listener)
    const { id } = events.emit(Child)
    unsubscribe('tracing:eventlane.emit:asyncEnd', listener)
    expect(seen).toMatchObject([{ emissionId: id, tasks: 0, counts: { total: 0 }, durationMs: 0 }])
  })
})
