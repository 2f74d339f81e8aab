import {
  addressOf,
  defineEvent,
  EventLinker,
  HandlerNotPortableError,
  InvalidLinkError,
  InvalidOptionError,
  on,
  payload,
} from '@eventlane/core'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { setUp } from '../support/set-up.js'

// This folder's tsconfig.json sets experimentalDecorators, for the compiler and for the test runner alike.

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

describe('under experimentalDecorators', () => {
  it('the right uses compile and the wrong ones do not', async () => {
    const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'))
    const project = fileURLToPath(new URL('.', import.meta.url))
    // Rejects with what the compiler says where it says anything.
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--project', project])
    expect(stdout).toBe('')
  })

  it('decorators are called the legacy way in this very file', () => {
    const calls: unknown[][] = []
    // Untyped, since the package's own type check reads this file with standard decorators.
    const note: any = (...args: unknown[]) => void calls.push(args)
    class Noted {
      @note
      static method(): void {}
    }
    expect(calls).toEqual([[Noted, 'method', expect.objectContaining({ value: Noted.method })]])
  })

  it('a static method is linked when its class is defined, addressed, and called on its class', async () => {
    const { linker, events } = setUp()
    class Greeter {
      static greeting = 'hello'
      @linker.on(Named)
      static greet(name: string): string {
        return `${this.greeting} ${name}`
      }
    }
    expect(addressOf(Greeter.greet)).toEqual({ module: import.meta.url, name: 'Greeter.greet' })
    expect((await events.emit(Named, 'ann')).of(Greeter.greet)).toMatchObject({ value: 'hello ann' })
  })

  it('a static method is linked on the default linker by the bare decorators', () => {
    const OnDefault = defineEvent('legacy-decorators.test on-default')
    class Bare {
      @on(OnDefault)
      static note(): void {}
    }
    expect(EventLinker.default.links(OnDefault).map((link) => link.bound.handler)).toEqual([Bare.note])
  })

  it('a static method is what other decorators made of it', async () => {
    const { linker, events } = setUp()
    const loud: any = (_target: object, _key: string, descriptor: PropertyDescriptor) => {
      const { value } = descriptor as { value: (name: string) => string }
      return { ...descriptor, value: (name: string) => `${value(name)}!` }
    }
    class Greeter {
      @linker.on(Named)
      @loud
      static below(name: string): string {
        return `below ${name}`
      }
      @loud
      @linker.on(Named)
      static above(name: string): string {
        return `above ${name}`
      }
    }
    const report = await events.emit(Named, 'ann')
    expect(report.outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value)).toEqual([
      'below ann!',
      'above ann!',
    ])
    expect(report.of(Greeter.below)).toMatchObject({ value: 'below ann!' })
  })

  it('decorators are stackable', () => {
    const { linker } = setUp()
    class Stacked {
      @linker.on(Named)
      @linker.once(Tick)
      static note(): void {}
    }
    expect(linker.links().map((link) => [link.events[0], link.bound.handler])).toEqual([
      ['tick', Stacked.note],
      ['named', Stacked.note],
    ])
  })

  it('an instance method is linked by bind, for each instance, inherited ones too', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    class Base {
      constructor(readonly name: string) {}
      @linker.on(Tick)
      tick(): void {
        seen.push(`tick ${this.name}`)
      }
    }
    class Derived extends Base {
      @linker.on(Named)
      note(name: string): void {
        seen.push(`${name} ${this.name}`)
      }
    }
    linker.bind(new Base('base'))
    using _undo = linker.bind(new Derived('derived'))
    await events.emit(Tick)
    await events.emit(Named, 'x')
    expect(seen).toEqual(['tick base', 'tick derived', 'x derived'])
  })

  it('an override is linked once, decorated again or not', () => {
    const { linker } = setUp()
    class Base {
      @linker.on(Tick)
      note(): void {}
    }
    class Decorated extends Base {
      @linker.on(Tick)
      override note(): void {}
    }
    class Undecorated extends Base {
      override note(): void {}
    }
    const [decorated, undecorated] = [new Decorated(), new Undecorated()]
    expect(new Set(linker.bind(decorated).links).size).toBe(1)
    expect(linker.bind(undecorated).links.map((link) => link.bound.handler)).toEqual([undecorated.note])
  })

  it('a static method under a symbol is refused', () => {
    const { linker } = setUp()
    const key = Symbol('note')
    expect(() => {
      class UnderSymbol {
        @linker.on(Tick)
        static [key](): void {}
      }
      return UnderSymbol
    }).toThrow(HandlerNotPortableError)
  })

  it.each([
    [
      'a getter',
      (linker: EventLinker) => {
        // Untyped, since TypeScript cannot tell a getter of a function from a method here.
        const decorate: any = linker.on(Tick)
        class Gets {
          @decorate
          get note() {
            return () => undefined
          }
        }
        return Gets
      },
    ],
    [
      'a static getter',
      (linker: EventLinker) => {
        // Untyped, since TypeScript cannot tell a getter of a function from a method here.
        const decorate: any = linker.on(Tick)
        class Gets {
          @decorate
          static get note() {
            return () => undefined
          }
        }
        return Gets
      },
    ],
    [
      'a field',
      (linker: EventLinker) => {
        class Holds {
          // @ts-expect-error -- methods only
          @linker.on(Tick)
          note = () => undefined
        }
        return Holds
      },
    ],
    [
      'a class',
      (linker: EventLinker) => {
        // @ts-expect-error -- methods only
        @linker.on(Tick)
        class Whole {}
        return Whole
      },
    ],
  ])('%s is refused when the class is defined', (_, define) => {
    const { linker } = setUp()
    expect(() => define(linker)).toThrow(InvalidLinkError)
    expect(linker.links()).toEqual([])
  })

  it('an unknown option is refused when the class is defined', () => {
    const { linker } = setUp()
    expect(() => {
      class Wrong {
        @linker.on(Tick, { locl: true } as object)
        note(): void {}
      }
      return Wrong
    }).toThrow(InvalidOptionError)
  })
})
