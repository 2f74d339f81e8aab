import {
  addressOf,
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  HandlerNotPortableError,
  InvalidEventError,
  payload,
} from '@eventlane/core'
import { handlerAt, handlerNames } from '@eventlane/core/executor'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runInThisContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { thrownBy } from './support/thrown-by.js'

const Named = defineEvent('named', payload<string>())

// The functions of these tests are written as methods, whose names no compiler changes.

/** A module of its own for each test, since addresses are unique in a realm. */
let modules = 0
function newModule(): string {
  modules += 1
  return new URL(`./handlers-of-test-${modules}.js`, import.meta.url).href
}

/** A function with exactly this source, which a compiler would format. */
function sourceOf(source: string): (order: string) => unknown {
  return runInThisContext(`{ const score = ${source}; score }`) as (order: string) => unknown
}

const named = {
  arrow: (order: string) => order,
  later: async (order: string) => Promise.resolve(order),
  method(order: string) {
    return order
  },
  mentions: () => '{ [native code] }',
}

const refused: [what: string, handler: unknown][] = [
  [
    'an anonymous function',
    (
      () => () =>
        undefined
    )(),
  ],
  ['a bound function', { score() {} }.score.bind(undefined)],
  ['a native function', Array.isArray],
  ['a native method', [].push],
  ['a proxy of a function', new Proxy({ score() {} }.score, {})],
  ['a generator', { *score() {} }.score],
  ['an async generator', { async *score() {} }.score],
  ['a class', class Score {}],
  ['undefined', undefined],
  ['an object', {}],
  ['a string', 'score'],
]

describe('defineHandler', () => {
  it('gives the function back, with an address', () => {
    const module = newModule()
    const { score } = { score: (name: string) => name.length }
    expect(addressOf(score)).toBeUndefined()
    expect(defineHandler(module, score)).toBe(score)
    expect(addressOf(score)).toEqual({ module, name: 'score' })
    expect(handlerAt({ module, name: 'score' })?.handler).toBe(score)
    expect(handlerNames(module)).toEqual(['score'])
  })

  it('takes an event for the type of the payload, and links nothing', () => {
    const module = newModule()
    const score = defineHandler(module, Named, { score: (name: string) => name.length }.score)
    expect(addressOf(score)).toEqual({ module, name: 'score' })
    expect(EventLinker.default.links(Named)).toEqual([])
  })

  it.each([
    ['a file: URL', (url: string) => url],
    ['a path, as __filename gives it', (url: string) => fileURLToPath(url)],
    ['a URL object', (url: string) => new URL(url)],
    ['import.meta', (url: string) => ({ url })],
  ])('takes the module as %s', (_, reference) => {
    const module = newModule()
    const score = defineHandler(reference(module), { score() {} }.score)
    expect(addressOf(score)?.module).toBe(module)
  })

  it('takes a path with characters that URLs escape', () => {
    const path = fileURLToPath(new URL('./a b#c?d%e.js', import.meta.url).href)
    const score = defineHandler(path, { score() {} }.score)
    expect(addressOf(score)?.module).toBe(pathToFileURL(path).href)
  })

  it('keeps the query of the module', () => {
    const module = `${newModule()}?v=2`
    const score = defineHandler(module, { score() {} }.score)
    expect(addressOf(score)?.module).toBe(module)
  })

  it.each([
    ['a relative path', './orders.js'],
    ['a package', '@eventlane/core'],
    ['a data: URL', 'data:text/javascript,'],
    ['a node: URL', 'node:fs'],
    ['an https: URL', 'https://example.org/orders.js'],
    ['an empty string', ''],
    ['undefined, as bundlers for CommonJS make of import.meta.url', undefined],
    ['null', null],
    ['an object without url', {}],
  ])('refuses a module that is %s', (_, module) => {
    const error = thrownBy(() => defineHandler(module as never, { score() {} }.score))
    expect(error).toBeInstanceOf(HandlerNotPortableError)
    expect(error).toMatchObject({
      code: 'ERR_HANDLER_NOT_PORTABLE',
      message: expect.stringContaining('import.meta.url'),
    })
  })

  it.each(refused)('refuses a handler that is %s', (_, handler) => {
    const error = thrownBy(() => defineHandler(newModule(), handler as never))
    expect(error).toBeInstanceOf(HandlerNotPortableError)
  })

  it.each([
    ['an arrow function', named.arrow],
    ['an async function', named.later],
    ['a method', named.method],
    ['a function whose body mentions [native code]', named.mentions],
    ['a method whose name begins with "class"', sourceOf('({ classify(order) {} }).classify')],
    ['an arrow function whose parameter begins with "class"', sourceOf('classified => classified')],
  ])('takes %s', (_, handler) => {
    const module = newModule()
    defineHandler(module, handler as never)
    expect(addressOf(handler as never)?.module).toBe(module)
  })

  it('refuses two different functions under one address', () => {
    const module = newModule()
    defineHandler(module, function score() {
      return 1
    })
    const error = thrownBy(() =>
      defineHandler(module, function score() {
        return 2
      }),
    ) as HandlerNotPortableError
    expect(error).toBeInstanceOf(HandlerNotPortableError)
    expect(error.address).toEqual({ module, name: 'score' })
    expect(error.message).toContain(module)
  })

  it('refuses a factory that is called twice, though its functions read the same', () => {
    const module = newModule()
    const define = (factor: number) =>
      defineHandler(module, { scale: (value: number) => value * factor }.scale)
    define(1)
    expect(() => define(2)).toThrow(HandlerNotPortableError)
  })

  it('takes the same function again', () => {
    const module = newModule()
    const { score } = { score: () => undefined }
    defineHandler(module, score)
    expect(defineHandler(module, score)).toBe(score)
    expect(handlerNames(module)).toEqual(['score'])
  })

  it('takes functions of one name in two modules', () => {
    const [first, second] = [newModule(), newModule()]
    const a = defineHandler(first, function score() {
      return 1
    })
    const b = defineHandler(second, function score() {
      return 2
    })
    expect(handlerAt({ module: first, name: 'score' })?.handler).toBe(a)
    expect(handlerAt({ module: second, name: 'score' })?.handler).toBe(b)
  })

  it('replaces the handler of a module that is evaluated again', async () => {
    const module = newModule()
    const evaluate = () =>
      defineHandler(module, function score() {
        return 1
      })
    evaluate()
    // The module's second evaluation comes in a later turn.
    await Promise.resolve()
    const second = evaluate()
    expect(handlerAt({ module, name: 'score' })?.handler).toBe(second)
  })

  it('is found also under the name that a compiler made of it', () => {
    const module = newModule()
    const { score } = { score: () => undefined }
    defineHandler(module, score)
    expect(handlerAt({ module, name: 'score2' })?.handler).toBe(score)
  })

  it('is not found under the name of another handler', () => {
    const module = newModule()
    defineHandler(module, { step2: () => undefined }.step2)
    expect(handlerAt({ module, name: 'step1' })).toBeUndefined()
    expect(handlerAt({ module, name: 'leap' })).toBeUndefined()
    expect(handlerAt({ module: newModule(), name: 'step2' })).toBeUndefined()
  })

  it('refuses an event that is none', () => {
    expect(() => defineHandler(newModule(), undefined as never, { score() {} }.score)).toThrow(
      InvalidEventError,
    )
  })
})

describe('a handler that is linked', () => {
  it('must have an address, or be local', () => {
    const linker = new EventLinker()
    const error = thrownBy(() =>
      linker.on(Named, { closure: () => undefined }.closure),
    ) as HandlerNotPortableError
    expect(error).toBeInstanceOf(HandlerNotPortableError)
    expect(error.message).toMatch(/"named"[^]*defineHandler\(import\.meta\.url, closure\)[^]*local: true/)
    expect(linker.links()).toEqual([])
  })

  it.each(refused.filter(([, handler]) => typeof handler === 'function'))(
    'is refused there and then when it is %s, saying so',
    (_, handler) => {
      const linker = new EventLinker()
      expect(() => linker.on(Named, handler as never)).toThrow(HandlerNotPortableError)
      expect(linker.links()).toEqual([])
    },
  )

  it.each([
    ['a closure', () => undefined],
    ['a bound function', { score() {} }.score.bind(undefined)],
    ['a native function', Array.isArray],
  ])('may be %s when it is local', async (_, handler) => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.on(Named, handler as never, { local: true })
    expect((await events.emit(Named, 'x')).fulfilled).toBe(1)
  })

  it.each([
    ['a generator', { *score() {} }.score],
    ['an async generator', { async *score() {} }.score],
    ['a class', class {}],
  ])('must not be %s, local or not: its body would not run', (_, handler) => {
    const linker = new EventLinker()
    expect(() => linker.on(Named, handler as never, { local: true })).toThrow(HandlerNotPortableError)
  })
})
