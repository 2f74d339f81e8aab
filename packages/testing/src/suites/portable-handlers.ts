import { addressOf, defineHandler, HandlerNotPortableError, type Handler } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { MoreWork, notes, notesFirst, Work, type Job } from '../handlers.js'
import { makeHandler } from '../modules/defined-in-function.js'
import { unreachable as exitsAtImport } from '../modules/exits-at-import.js'
import { everywhere, onlyInMain } from '../modules/main-realm-only.js'
import { emitsOther, OtherWork, throwsOther } from '../modules/other-copy.js'
import { unreachable as throwsAtImport } from '../modules/throws-at-import.js'
import { errorOf, setStage, statuses, testWhere, thrownBy, valueOf } from '../stage.js'

const misplaced = defineHandler(
  new URL('./no-such-module.js', import.meta.url).href,
  function misplaced(_job: Job) {},
)

/** Handlers that a worker does not find. */
export function describePortableHandlers(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { isolated, findsHandlers = true } = factory().capabilities

  describe('handlers that no other realm could find are refused in the call:', () => {
    const closure = (): string => 'closure'
    for (const [what, handler] of [
      ['a closure', closure],
      [
        'an anonymous function',
        (
          () => () =>
            undefined
        )(),
      ],
      ['a bound function', notes.bind(undefined)],
      ['a native function', Math.max],
      ['a generator', function* generates() {}],
    ] as const) {
      test(what, async () => {
        const { events, linker, job } = setStage(factory)
        const error = thrownBy(() => linker.on(Work, handler as Handler<Job>))
        expect(error).toBeInstanceOf(HandlerNotPortableError)
        expect(error).toMatchObject({ code: 'ERR_HANDLER_NOT_PORTABLE' })
        expect((await events.emit(Work, job())).total).toBe(0)
      })
    }
  })

  const unfindable: readonly (readonly [string, Handler<Job>, RegExp])[] = [
    ['fails to import', throwsAtImport, /this module does not like workers/],
    ['ends the worker at import', exitsAtImport, /exited with code 7/],
    ['does not exist', misplaced, /no-such-module/],
    ['defines it in the main realm only', onlyInMain, /only the handlers everywhere/],
    ['defines it in a function', makeHandler(), /no handlers/],
  ]

  describe('a handler whose module', () => {
    for (const [what, handler, message] of unfindable) {
      if (isolated && !findsHandlers) {
        test(`${what} rejects its tasks in time, naming the handler, and other handlers run`, async () => {
          const { events, linker, witness, job } = setStage(factory, { workers: 1 })
          linker.on(Work, handler)
          linker.on(Work, notes)
          await events.ready()
          const report = await events.emit(Work, job('a')).settled
          expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
          expect(errorOf(report, handler)).toBeInstanceOf(HandlerNotPortableError)
          expect((errorOf(report, handler) as Error).message).toContain(handler.name)
          expect(witness.labels('ran')).toEqual(['a'])
        })
      } else if (isolated) {
        test(`${what} fails ready(), with the address, the module's own error and a remedy`, async () => {
          const { events, linker } = setStage(factory, { workers: 2 })
          linker.on(Work, handler)
          const error = await events.ready().then(
            () => undefined,
            (reason: unknown) => reason,
          )
          expect(error).toBeInstanceOf(Error)
          expect((error as Error).message).toMatch(message)
          expect((error as Error).message).toContain(addressOf(handler)?.module)
          expect((error as Error).message).toContain('remedy')
        })

        test(`${what} rejects its tasks, and other handlers run`, async () => {
          const { events, linker, witness, job } = setStage(factory, { workers: 1 })
          linker.on(Work, handler)
          linker.on(Work, notes)
          linker.on(MoreWork, notes)
          for (const round of ['first', 'second']) {
            const report = await events.emit(Work, job(round)).settled
            expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
            const error = errorOf(report, handler)
            expect((error as Error).message).toMatch(message)
            expect((error as Error).message).toContain(addressOf(handler)?.module)
          }
          expect(statuses(await events.emit(MoreWork, job('more')))).toEqual(['fulfilled'])
          expect(witness.labels('ran')).toEqual(['first', 'second', 'more'])
        })
      } else {
        test(`${what} elsewhere runs here, where it is`, async () => {
          const { events, linker, job } = setStage(factory)
          linker.on(Work, handler)
          await events.ready()
          expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
        })
      }
    }

    if (isolated && findsHandlers) {
      test('throws has its error as the cause', async () => {
        const { events, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, throwsAtImport)
        const error = errorOf(await events.emit(Work, job()).settled, throwsAtImport)
        expect(error).toBeInstanceOf(HandlerNotPortableError)
        expect((error as Error).cause).toBeInstanceOf(RangeError)
        expect(error).toMatchObject({ address: addressOf(throwsAtImport) })
      })
    }

    testOfEmitting('uses another copy of the package runs like any other', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, emitsOther)
      linker.on(OtherWork, throwsOther, { onFailure: (error) => failures.push(error) })
      const failures: unknown[] = []
      expect(valueOf(await events.emit(Work, job()), emitsOther)).toBe(!isolated)
      expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 1, rejected: 1 })
      expect(failures).toEqual([expect.objectContaining({ code: 'ERR_INVALID_OPTION' })])
      expect(witness.labels('throwing')).toHaveLength(1)
    })

    test('is there passes ready(), again and again', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2 })
      linker.on(Work, findsHandlers ? everywhere : notesFirst)
      linker.on(MoreWork, notes)
      await events.ready()
      await events.ready()
      expect(witness.testimonies).toEqual([])
      expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
      await events.ready()
    })
  })
}
