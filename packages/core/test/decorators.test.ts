import {
  addressOf,
  defineEvent,
  EventLinker,
  HandlerNotPortableError,
  InvalidLinkError,
  InvalidOptionError,
  on,
  once,
  payload,
  type HandlerContext,
} from '@eventlane/core'
import { handlerAt } from '@eventlane/core/executor'
import { describe, expect, it } from 'vitest'
import { setUp } from './support/set-up.js'
import { thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

describe('a decorated static method', () => {
  it('is linked when its class is defined, and called on its class', async () => {
    const { linker, events } = setUp()
    class Greeter {
      static greeting = 'hello'
      @linker.on(Named)
      static greet(name: string): string {
        return `${this.greeting} ${name}`
      }
    }
    const report = await events.emit(Named, 'ann')
    expect(report.of(Greeter.greet)).toMatchObject({ status: 'fulfilled', value: 'hello ann' })
  })

  it('is addressed by its module, class and name', () => {
    const { linker } = setUp()
    class Addressed {
      @linker.on(Named)
      static greet(_name: string): void {}
    }
    const address = { module: import.meta.url, name: 'Addressed.greet' }
    expect(addressOf(Addressed.greet)).toEqual(address)
    expect(handlerAt(address)).toMatchObject({ handler: Addressed.greet, receiver: Addressed })
    expect(linker.links(Named).map((link) => link.label)).toEqual([`Addressed.greet (${import.meta.url})`])
  })

  it('is addressed by the module that the decorator names', () => {
    const { linker } = setUp()
    const module = new URL('./elsewhere.js', import.meta.url).href
    class Elsewhere {
      @linker.on(Named, { module })
      static greet(_name: string): void {}
    }
    expect(addressOf(Elsewhere.greet)).toEqual({ module, name: 'Elsewhere.greet' })
  })

  it('is linked to each event when decorators are stacked', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    class Stacked {
      @linker.on(Named)
      @linker.on(Tick)
      static note(_payload: unknown, context: HandlerContext): void {
        seen.push(context.event)
      }
    }
    await events.emit(Named, 'x')
    await events.emit(Tick)
    expect(seen).toEqual(['named', 'tick'])
    expect(linker.off(Tick, Stacked.note)).toBe(true)
  })

  it('runs once under once', async () => {
    const { linker, events } = setUp()
    class Once {
      static calls = 0
      @linker.once(Tick)
      static note(): void {
        this.calls += 1
      }
    }
    await events.emit(Tick)
    await events.emit(Tick)
    expect(Once.calls).toBe(1)
  })

  it('is linked on the default linker by the bare decorators', () => {
    const OnDefault = defineEvent('decorators.test on-default', payload<string>())
    class Bare {
      @on(OnDefault)
      static each(_value: string): void {}
      @once(OnDefault)
      static first(_value: string): void {}
    }
    const links = EventLinker.default.links(OnDefault)
    expect(links.map((link) => [link.bound.handler, link.options.once ?? false])).toEqual([
      [Bare.each, false],
      [Bare.first, true],
    ])
  })

  it('stays linked once when its class has subclasses', async () => {
    const { linker, events } = setUp()
    class Base {
      @linker.on(Tick)
      static who(): string {
        return this.name
      }
    }
    class Derived extends Base {}
    expect(Derived.who()).toBe('Derived')
    const report = await events.emit(Tick)
    expect(report.outcomes).toMatchObject([{ value: 'Base' }])
  })

  it('is another handler where a subclass overrides and decorates it', async () => {
    const { linker, events } = setUp()
    class Parent {
      @linker.on(Tick)
      static who(): string {
        return 'parent'
      }
    }
    class Child extends Parent {
      @linker.on(Tick)
      static override who(): string {
        return 'child'
      }
    }
    const report = await events.emit(Tick)
    expect(report.of(Parent.who)).toMatchObject({ value: 'parent' })
    expect(report.of(Child.who)).toMatchObject({ value: 'child' })
  })

  it('of an anonymous class is refused, since nothing could find it', () => {
    const { linker } = setUp()
    // Compilers that lower decorators give an anonymous class a name; so the decorator is applied by hand.
    const [Anonymous] = [
      class {
        static note(): void {}
      },
    ]
    const decorate = linker.on(Tick) as unknown as (target: object, key: string) => void
    expect(Anonymous.name).toBe('')
    expect(() => decorate(Anonymous, 'note')).toThrow(HandlerNotPortableError)
    expect(linker.links()).toEqual([])
  })

  it('of an anonymous class may be local', async () => {
    const { linker, events } = setUp()
    const classes = [
      class {
        @linker.on(Tick, { local: true })
        static note(): string {
          return 'noted'
        }
      },
    ]
    expect((await events.emit(Tick)).of(classes[0]!.note)).toMatchObject({ value: 'noted' })
  })

  it('under a symbol is refused', () => {
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
      'a generator',
      (linker: EventLinker) => {
        class Generates {
          @linker.on(Tick)
          static *note(): Generator<number> {
            yield 1
          }
        }
        return Generates
      },
    ],
    [
      'an async generator',
      (linker: EventLinker) => {
        class GeneratesLater {
          @linker.on(Tick)
          static async *note(): AsyncGenerator<number> {
            yield Promise.resolve(1)
          }
        }
        return GeneratesLater
      },
    ],
  ])('must not be %s: its body would not run', (_, define) => {
    const { linker } = setUp()
    expect(() => define(linker)).toThrow(HandlerNotPortableError)
    expect(linker.links()).toEqual([])
  })

  it('must not share its address with the method of another class of that name', async () => {
    const { linker, events } = setUp()
    const define = (word: string) => {
      class Twin {
        @linker.on(Named)
        static note(): string {
          return word
        }
      }
      return Twin
    }
    define('first')
    // Compilers may name a class after its decorators have run, so that its first use is the earliest to tell.
    define('second')
    expect(() => events.emit(Named, 'x')).toThrow(HandlerNotPortableError)
    await expect(events.ready()).rejects.toThrow(HandlerNotPortableError)
  })
})

describe('a decorated instance method', () => {
  it('is linked when its instance is bound, as a local link', async () => {
    const { linker, events } = setUp()
    class Counter {
      count = 0
      @linker.on(Tick)
      increment(): void {
        this.count += 1
      }
    }
    const counter = new Counter()
    await events.emit(Tick)
    expect(counter.count).toBe(0)

    const binding = linker.bind(counter)
    await events.emit(Tick)

    expect(counter.count).toBe(1)
    expect(binding.links).toEqual(linker.links(Tick))
    expect(binding.links.map((link) => link.options.local)).toEqual([true])
  })

  it('is unlinked by the undo of bind, and by the end of its scope', async () => {
    const { linker, events } = setUp()
    class Counter {
      count = 0
      @linker.on(Tick)
      increment(): void {
        this.count += 1
      }
      @linker.on(Named)
      note(): void {
        this.count += 1
      }
    }
    const counter = new Counter()
    linker.bind(counter).unlink()
    {
      using binding = linker.bind(counter)
      expect(binding.links).toHaveLength(2)
    }
    await events.emit(Tick)
    expect(counter.count).toBe(0)
    expect(linker.links()).toEqual([])
  })

  it('is linked for each instance that is bound, and called on that one', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    class Listener {
      constructor(readonly name: string) {}
      @linker.on(Tick)
      note(): void {
        seen.push(this.name)
      }
    }
    const [a, b] = [new Listener('a'), new Listener('b')]
    linker.bind(a)
    const undo = linker.bind(b)

    await events.emit(Tick)
    expect(seen).toEqual(['a', 'b'])

    undo.unlink()
    await events.emit(Tick)
    expect(seen).toEqual(['a', 'b', 'a'])
  })

  it('is linked once when its instance is bound twice', () => {
    const { linker } = setUp()
    class Listener {
      @linker.on(Tick)
      note(): void {}
    }
    const listener = new Listener()
    expect(linker.bind(listener).links).toEqual(linker.bind(listener).links)
    expect(linker.links()).toHaveLength(1)
  })

  it('is unlinked for all instances by off', () => {
    const { linker } = setUp()
    class Listener {
      @linker.on(Tick)
      note(): void {}
    }
    linker.bind(new Listener())
    linker.bind(new Listener())
    expect(linker.off(Tick, Listener.prototype.note)).toBe(true)
    expect(linker.links()).toEqual([])
  })

  it('is linked by the linker that decorated it and by no other', () => {
    const { linker } = setUp()
    const { linker: other } = setUp()
    class Both {
      @linker.on(Tick)
      here(): void {}
      @other.on(Tick)
      there(): void {}
    }
    const both = new Both()
    linker.bind(both)
    expect(linker.links().map((link) => link.bound.handler)).toEqual([both.here])
    expect(other.links()).toEqual([])
  })

  it('is linked to each event when decorators are stacked', () => {
    const { linker } = setUp()
    class Stacked {
      @linker.on(Named)
      @linker.once(Tick)
      note(): void {}
    }
    const { links } = linker.bind(new Stacked())
    expect(links.flatMap((link) => link.events).sort()).toEqual(['named', 'tick'])
  })

  it('is inherited', async () => {
    const { linker, events } = setUp()
    class Base {
      seen: string[] = []
      @linker.on(Named)
      note(name: string): void {
        this.seen.push(name)
      }
    }
    class Derived extends Base {
      @linker.on(Tick)
      tick(): void {
        this.seen.push('tick')
      }
    }
    const derived = new Derived()
    linker.bind(derived)
    await events.emit(Named, 'x')
    await events.emit(Tick)
    expect(derived.seen).toEqual(['x', 'tick'])
  })

  it('runs the override of a subclass, decorated again or not, once', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    class Base {
      @linker.on(Tick)
      note(): void {
        seen.push('base')
      }
    }
    class Undecorated extends Base {
      override note(): void {
        seen.push('undecorated')
      }
    }
    class Decorated extends Base {
      @linker.on(Tick)
      override note(): void {
        seen.push('decorated')
      }
    }
    linker.bind(new Undecorated())
    linker.bind(new Decorated())
    await events.emit(Tick)
    expect(seen).toEqual(['undecorated', 'decorated'])
  })

  it('keeps the options of its decorator', async () => {
    const { linker, events } = setUp()
    const successes: unknown[] = []
    class Listener {
      @linker.once(Tick, { onSuccess: (value) => successes.push(value) })
      note(): string {
        return 'noted'
      }
    }
    linker.bind(new Listener())
    await events.emit(Tick)
    await events.emit(Tick)
    expect(successes).toEqual(['noted'])
  })
})

describe('linker.bind', () => {
  it.each([
    ['an object without decorated methods', { note() {} }],
    ['an object without a prototype', Object.create(null) as object],
    ['undefined', undefined],
  ])('refuses %s', (_, instance) => {
    const linker = new EventLinker({ name: 'of the test' })
    const error = thrownBy(() => linker.bind(instance as object))
    expect(error).toBeInstanceOf(InvalidLinkError)
    expect(error).toMatchObject({ message: expect.stringContaining('of the test') })
  })

  it('links all methods or none', () => {
    const { linker } = setUp()
    class Listener {
      @linker.on(Named)
      first(): void {}
      @linker.on(Tick)
      @linker.on(Tick, { timeoutMs: 10 })
      second(): void {}
    }
    expect(() => linker.bind(new Listener())).toThrow(InvalidLinkError)
    expect(linker.links()).toEqual([])
  })
})

describe('a decorator', () => {
  it('refuses a private method when the class is defined', () => {
    const { linker } = setUp()
    const error = thrownBy(() => {
      class Secretive {
        @linker.on(Tick)
        #note(): void {}
        call(): void {
          this.#note()
        }
      }
      return Secretive
    })
    expect(error).toBeInstanceOf(InvalidLinkError)
    expect(error).toMatchObject({ message: expect.stringMatching(/not a private method[^]*"tick".*#note/) })
  })

  it.each([
    [
      'a getter',
      (linker: EventLinker) => {
        class Gets {
          // @ts-expect-error -- methods only
          @linker.on(Tick)
          get note() {
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
      'an accessor',
      (linker: EventLinker) => {
        class Accesses {
          // @ts-expect-error -- methods only
          @linker.on(Tick)
          accessor note = () => undefined
        }
        return Accesses
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
  ])('refuses %s', (_, define) => {
    const { linker } = setUp()
    expect(() => define(linker)).toThrow(InvalidLinkError)
  })

  it('refuses an unknown option when the class is defined, of a static method', () => {
    const { linker } = setUp()
    expect(() => {
      class Wrong {
        @linker.on(Tick, { locl: true } as object)
        static note(): void {}
      }
      return Wrong
    }).toThrow(InvalidOptionError)
  })

  it('refuses an unknown option when the class is defined, of an instance method', () => {
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
