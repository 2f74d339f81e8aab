import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InlineExecutor as PackagedInlineExecutor } from '@eventlane/executor-inline'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  defineEvent,
  EventEmitter,
  EventLinker,
  InlineExecutor,
  InvalidOptionError,
  ProcessExecutor,
  ThreadExecutor,
} from '../src/index.js'
import { packageFolder, temporaryFolder } from './support/application.js'

describe('the EventEmitter of the package eventlane', () => {
  it('takes a ThreadExecutor when it is given no executor', async () => {
    await using events = new EventEmitter()
    expect(events.mode).toBe('separate-thread')
    expect(events.executor).toBeInstanceOf(ThreadExecutor)
  })

  it('takes a ThreadExecutor when its executor is undefined, and keeps the other options', async () => {
    const linker = new EventLinker()
    await using events = new EventEmitter({ linker, executor: undefined as never })
    expect(events.mode).toBe('separate-thread')
    expect(events.linker).toBe(linker)
  })

  it('takes the executor that it is given', async () => {
    const executor = new InlineExecutor()
    await using events = new EventEmitter({ executor })
    expect(events.executor).toBe(executor)
    await using processes = new EventEmitter({ executor: new ProcessExecutor() })
    expect(processes.mode).toBe('separate-process')
  })

  it('starts no worker before it needs one', async () => {
    const Tick = defineEvent('eventlane.tick')
    const linker = new EventLinker()
    const tick = () => 'tick'
    linker.on(Tick, tick, { local: true })
    await using events = new EventEmitter({ linker })
    const report = await events.emit(Tick)
    expect(report.of(tick)).toMatchObject({ status: 'fulfilled', value: 'tick' })
    expect(events.executor.stats().workers).toBe(0)
  })

  it('refuses unknown options', () => {
    expect(() => new EventEmitter({ workers: 4 } as object)).toThrow(InvalidOptionError)
  })

  it('works with executors from their own packages', async () => {
    await using events = new EventEmitter({ executor: new PackagedInlineExecutor() })
    expect(events.mode).toBe('main-event-loop-async')
  })
})

describe('DefaultEvents, augmented', () => {
  let root: string
  let removeRoot: () => void

  beforeAll(() => {
    const temporary = temporaryFolder()
    root = temporary.folder
    removeRoot = temporary.remove
    const names = ['eventlane', '@eventlane/core', '@types/node']
    for (const name of names) {
      const link = join(root, 'node_modules', name)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(packageFolder(name), link, 'junction')
    }
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
  })

  afterAll(() => removeRoot())

  /** What TypeScript says of a program that augments one module and uses another. */
  function complaints(augmented: string, used: string): string[] {
    const file = join(root, 'program.ts')
    writeFileSync(
      file,
      `import { EventEmitter, EventLinker, InlineExecutor, on, type HandlerContext } from '${used}'

      declare module '${augmented}' {
        interface DefaultEvents {
          'user.created': { id: string }
          tick: void
        }
      }

      export class Welcome {
        @on('user.created')
        static send(user: { id: string }, context: HandlerContext): void {
          void context.emit('tick')
          // @ts-expect-error -- no such event
          void context.emit('tock')
        }

        // @ts-expect-error -- another payload
        @on('user.created')
        static wrong(user: { name: string }): void {}
      }

      EventLinker.default.on('user.created', (user) => user.id.length, { local: true })
      // @ts-expect-error -- no such event
      EventLinker.default.on('user.deleted', () => {}, { local: true })

      const events = new EventEmitter()
      events.emit('user.created', { id: 'u-1' })
      events.emit('tick')
      // @ts-expect-error -- no payload
      events.emit('user.created')
      // @ts-expect-error -- another payload
      events.emit('user.created', { id: 1 })
      new EventEmitter({ executor: new InlineExecutor() }).emit('tick')
      `,
    )
    const program = ts.createProgram([file], {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.esnext.decorators.d.ts'],
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    })
    return ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText, file: where, start }) =>
        [
          where && `${where.fileName}:${where.getLineAndCharacterOfPosition(start ?? 0).line + 1}`,
          ts.flattenDiagnosticMessageText(messageText, '\n'),
        ].join(' '),
      )
  }

  it("through declare module 'eventlane', types names and payloads", () => {
    expect(complaints('eventlane', 'eventlane')).toEqual([])
  })

  it("through declare module '@eventlane/core', types names and payloads of eventlane", () => {
    expect(complaints('@eventlane/core', 'eventlane')).toEqual([])
  })
})
