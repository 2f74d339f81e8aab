import {
  defineEvent,
  EmitterClosedError,
  InvalidOptionError,
  payload,
  type EmitterHooks,
} from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { setUp as setUpEmitter } from './support/set-up.js'
import { thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

function setUp() {
  const seen: string[] = []
  return { ...setUpEmitter(), seen }
}

describe('emitter.use', () => {
  it('calls hooks in the order of registration, whatever they are called for', async () => {
    const { linker, events, seen } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    for (const name of ['first', 'second']) {
      events.use({
        beforeEmit: () => void seen.push(`${name} beforeEmit`),
        beforeHandle: () => seen.push(`${name} beforeHandle`),
        afterHandle: () => seen.push(`${name} afterHandle`),
        afterEmit: () => seen.push(`${name} afterEmit`),
      })
    }
    await events.emit(Tick)
    expect(seen).toEqual(
      ['beforeEmit', 'beforeHandle', 'afterHandle', 'afterEmit'].flatMap((hook) => [
        `first ${hook}`,
        `second ${hook}`,
      ]),
    )
  })

  it('is undone by remove, and at the end of a scope', async () => {
    const { events, seen } = setUp()
    {
      using hooks = events.use({ beforeEmit: () => void seen.push('scoped') })
      expect(hooks.remove).toBeTypeOf('function')
      events.emit(Tick)
    }
    const hooks = events.use({ beforeEmit: () => void seen.push('removed') })
    hooks.remove()
    hooks.remove()
    await events.emit(Tick)
    expect(seen).toEqual(['scoped'])
  })

  it('registers the same hooks twice, each with an undo of its own', async () => {
    const { events, seen } = setUp()
    const hooks: EmitterHooks = { beforeEmit: () => void seen.push('called') }
    const first = events.use(hooks)
    events.use(hooks)
    await events.emit(Tick)
    expect(seen).toHaveLength(2)
    first.remove()
    await events.emit(Tick)
    expect(seen).toHaveLength(3)
  })

  it('tells the hooks that were there at emit of the end, and no others', async () => {
    const { linker, events, seen } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    const hooks = events.use({ afterHandle: () => seen.push('then'), afterEmit: () => seen.push('then') })
    const emission = events.emit(Tick)
    hooks.remove()
    events.use({ afterHandle: () => seen.push('later'), afterEmit: () => seen.push('later') })
    await emission
    expect(seen).toEqual(['then', 'then'])
  })

  it('takes an object of a class, with its own fields', async () => {
    class Audit {
      readonly events: string[] = []
      beforeEmit({ event }: { event: string }): void {
        this.events.push(event)
      }
    }
    const { events } = setUp()
    const audit = new Audit()
    events.use(audit)
    await events.emit(Tick)
    expect(audit.events).toEqual(['tick'])
  })

  it.each([
    ['an unknown hook', { beforeEmits: () => undefined }, 'beforeEmits'],
    ['no function', { afterEmit: 1 }, 'afterEmit'],
    ['no hook', {}, 'there is no hook'],
    ['no object', 1, 'must be an object'],
    ['an object of a class without hooks', new Map(), 'there is no hook'],
  ])('refuses %s', (_, hooks, message) => {
    const { events } = setUp()
    const error = thrownBy(() => events.use(hooks as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect((error as Error).message).toContain(message)
  })
})

describe('beforeEmit', () => {
  it('is called for emissions that nobody is linked to, and afterEmit later', async () => {
    const { events, seen } = setUp()
    events.use({
      beforeEmit: () => void seen.push('beforeEmit'),
      afterEmit: ({ report }) => seen.push(`afterEmit of ${String(report.total)}`),
    })
    const emission = events.emit(Tick)
    seen.push('emit returned')
    await emission
    expect(seen).toEqual(['beforeEmit', 'emit returned', 'afterEmit of 0'])
  })

  it('is not called for what emit refuses before', () => {
    const { events, seen } = setUp()
    events.use({ beforeEmit: () => void seen.push('beforeEmit') })
    thrownBy(() => events.emit(Named, (() => 'x') as never))
    thrownBy(() => events.emit(Named, 'x', { metadata: { tenant: () => 'x' } }))
    expect(seen).toEqual([])
  })

  it('may link and unlink: the emission goes to the links that are there when it returns', async () => {
    const { linker, events, seen } = setUp()
    using hooks = events.use({
      beforeEmit: () => void linker.on(Tick, () => seen.push('linked'), { local: true, once: true }),
    })
    await events.emit(Tick)
    expect(hooks.remove).toBeTypeOf('function')
    expect(seen).toEqual(['linked'])
  })

  it('refuses what it adds that is not portable, naming the path', () => {
    const { events } = setUp()
    events.use({ beforeEmit: ({ metadata }) => void (metadata.trace = { end: () => undefined }) })
    const error = thrownBy(() => events.emit(Tick))
    expect((error as Error).message).toContain('metadata.trace.end')
  })

  it('changes no metadata of the caller, nor of the parent', async () => {
    const { linker, events } = setUp()
    const found: unknown[] = []
    const metadata = { tenant: 'acme' }
    linker.on(Tick, (_, context) => void context.emit(Named as never, 'x' as never), { local: true })
    linker.on(Tick, (_, context) => found.push(context.metadata), { local: true })
    linker.on(Named, (_, context) => found.push(context.metadata), { local: true })
    events.use({
      beforeEmit: ({ event, metadata: added }) => {
        if (event === 'named') added.child = true
      },
    })
    events.emit(Tick, undefined, { metadata })
    await events.drain()
    expect(metadata).toEqual({ tenant: 'acme' })
    expect(found).toEqual([{ tenant: 'acme' }, { tenant: 'acme', child: true }])
  })

  it('must not be asynchronous', () => {
    const { events } = setUp()
    events.use({ beforeEmit: () => Promise.reject(new Error('unheard')) as never })
    const error = thrownBy(() => events.emit(Tick))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect((error as Error).message).toContain('beforeEmit returned a promise')
  })

  it('that shuts the emitter down refuses the emission', async () => {
    const { linker, events, seen } = setUp()
    linker.on(Tick, () => seen.push('ran'), { local: true })
    events.use({ beforeEmit: () => void events.shutdown() })
    expect(thrownBy(() => events.emit(Tick))).toBeInstanceOf(EmitterClosedError)
    expect(await events.shutdown()).toMatchObject({ total: 0 })
    expect(seen).toEqual([])
  })
})

describe('afterEmit', () => {
  it('is waited for by drain, with what it emits', async () => {
    const { linker, events, seen } = setUp()
    linker.on(Tick, () => seen.push('tick'), { local: true })
    linker.on(Named, (name) => seen.push(name), { local: true })
    events.use({
      afterEmit: ({ event }) => {
        if (event === 'tick') events.emit(Named, 'after')
      },
    })
    events.emit(Tick)
    expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
    expect(seen).toEqual(['tick', 'after'])
  })
})

describe('metadata', () => {
  it.each([['text'], [1], [null], [[]], [new Map()], [new Date(0)]])(
    'refuses %o, which is no plain object',
    (metadata) => {
      const { events } = setUp()
      const error = thrownBy(() => events.emit(Tick, undefined, { metadata: metadata as never }))
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect((error as Error).message).toContain('metadata')
    },
  )

  it('without a prototype is as good', async () => {
    const { linker, events } = setUp()
    const found: unknown[] = []
    linker.on(Tick, (_, { metadata }) => found.push(metadata.tenant), { local: true })
    await events.emit(Tick, undefined, {
      metadata: Object.assign(Object.create(null), { tenant: 'acme' }) as Record<string, unknown>,
    })
    expect(found).toEqual(['acme'])
  })
})
