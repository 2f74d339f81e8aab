import { EmissionError, HandlerError, type Handler } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  notesFirst,
  notesSecond,
  RegisteredError,
  rejectsWithIt,
  THROWN,
  throwsIt,
  Work,
  type Job,
} from '../handlers.js'
import { errorOf, setStage, statuses, warningsOf } from '../stage.js'

/** What becomes of what handlers throw. */
export function describeFailures(factory: ExecutorFactory): void {
  async function thrownElsewhere(
    how: keyof typeof THROWN,
    handler: Handler<Job> = throwsIt,
  ): Promise<unknown> {
    const { events, linker, job } = setStage(factory)
    linker.on(Work, handler)
    return errorOf(await events.emit(Work, job('', { how })).settled, handler)
  }

  describe('when one handler fails', () => {
    test('all others run, and its error is its own outcome', async () => {
      const { events, linker, witness, job } = setStage(factory)
      for (const handler of [notesFirst, throwsIt, rejectsWithIt, notesSecond]) linker.on(Work, handler)
      const report = await events.emit(Work, job()).settled
      expect(statuses(report)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
      expect(witness.testimonies.map(({ what }) => what).sort()).toEqual(['first', 'second'])
    })

    test('awaiting the emission throws one error per failed handler, naming it', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notesFirst)
      linker.on(Work, throwsIt)
      const error: unknown = await events.emit(Work, job()).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(EmissionError)
      const { errors } = error as EmissionError
      expect(errors).toHaveLength(1)
      expect(errors[0]).toBeInstanceOf(HandlerError)
      expect(errors[0]?.message).toContain('throwsIt')
      expect(errors[0]?.message).toContain('RangeError: out of range')
      expect(errors[0]?.cause).toBeInstanceOf(RangeError)
    })

    test('later emissions of the same handlers are not touched by it', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, throwsIt)
      linker.on(Work, notesFirst)
      for (let round = 0; round < 5; round += 1) void events.emit(Work, job()).settled
      expect(await events.drain()).toEqual({
        total: 10,
        fulfilled: 5,
        rejected: 5,
        cancelled: 0,
        dropped: 0,
        handedOver: 0,
      })
    })
  })

  describe('of a handler error', () => {
    test('name, message, stack, cause, code and own fields cross realms', async () => {
      const error = await thrownElsewhere('coded')
      expect(error).toBeInstanceOf(RangeError)
      expect(error).toMatchObject({
        name: 'RangeError',
        message: 'out of range',
        code: 'ERR_CODED',
        limit: 10n,
      })
      const { stack, cause } = error as RangeError
      expect(stack).toMatch(/^RangeError: out of range\n.*at /s)
      expect(stack).toContain('throwsIt')
      expect(cause).toBeInstanceOf(TypeError)
      expect(cause).toMatchObject({ message: 'the root', cause: 'deeper' })
    })

    test('it makes no difference whether it was thrown or a promise was rejected with it', async () => {
      const error = await thrownElsewhere('coded', rejectsWithIt)
      expect(error).toBeInstanceOf(RangeError)
      expect(error).toMatchObject({ message: 'out of range', code: 'ERR_CODED', limit: 10n })
    })

    test('the errors of an AggregateError cross realms', async () => {
      const error = await thrownElsewhere('aggregate')
      expect(error).toBeInstanceOf(AggregateError)
      const { message, errors } = error as AggregateError
      expect(message).toBe('several')
      expect(errors[0]).toBeInstanceOf(RangeError)
      expect(errors).toMatchObject([{ message: 'one' }, { message: 'two', code: 'ERR_TWO' }])
    })

    test('a registered class is revived', async () => {
      const error = await thrownElsewhere('registered')
      expect(error).toBeInstanceOf(RegisteredError)
      expect(error).toMatchObject({ name: 'RegisteredError', message: 'registered', items: [1, 2, 3] })
    })

    test('an unregistered class keeps its name, its fields and the built-in class it extends', async () => {
      const error = await thrownElsewhere('unregistered')
      expect(error).toBeInstanceOf(TypeError)
      expect(error).toMatchObject({
        name: 'UnregisteredError',
        message: 'unregistered',
        details: { attempts: [1, 2], at: new Date(0) },
      })
    })

    test('what cannot travel does not keep the rest of it from arriving', async () => {
      const error = await thrownElsewhere('unportable')
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ message: 'holds a function', code: 'ERR_HELD' })
      expect(error).toHaveProperty('retry')
    })

    test('a cycle does not keep it from arriving', async () => {
      const error = await thrownElsewhere('cyclic')
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ message: 'cyclic' })
    })
  })

  describe('a handler may throw anything', () => {
    for (const how of ['undefined', 'null', 'string', 'object', 'null-prototype object'] as const) {
      test(`${how}: the task is rejected with an equal value`, async () => {
        expect(await thrownElsewhere(how)).toEqual(THROWN[how]())
      })
    }

    for (const how of ['function', 'symbol'] as const) {
      test(`${how}: the task is rejected with what can be said of it`, async () => {
        const thrown = await thrownElsewhere(how)
        expect(thrown instanceof Error ? thrown.message : String(thrown)).toContain('thrown')
      })
    }

    for (const how of ['with getters that throw', 'revoked proxy'] as const) {
      for (const handler of [throwsIt, rejectsWithIt]) {
        test(`${how}: the task of ${handler.name} is rejected, and nothing else happens`, async () => {
          const { events, executor, linker, job } = setStage(factory, { workers: 1, concurrency: 2 })
          linker.on(Work, handler)
          linker.on(Work, notesFirst)
          expect(statuses(await events.emit(Work, job('', { how })).settled)).toEqual([
            'rejected',
            'fulfilled',
          ])
          expect(executor.stats().workersLost).toBe(0)
        })
      }
    }

    test('awaiting such an emission throws an EmissionError that names the handler', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, throwsIt)
      for (const how of Object.keys(THROWN) as (keyof typeof THROWN)[]) {
        await expect(events.emit(Work, job('', { how })), how).rejects.toMatchObject({
          name: 'EmissionError',
          message: expect.stringContaining('throwsIt') as unknown,
        })
      }
    })

    test('a failure that nobody awaits is reported, whatever was thrown, and drain ends', async () => {
      const failures: unknown[] = []
      const onFailure = (error: unknown): number => failures.push(error)
      const { events, linker, job } = setStage(factory, {}, { onFailure })
      linker.on(Work, throwsIt)
      const hows = Object.keys(THROWN) as (keyof typeof THROWN)[]
      for (const how of hows) events.emit(Work, job('', { how }))
      expect(await events.drain()).toMatchObject({ total: hows.length, rejected: hows.length })
      expect(failures).toHaveLength(hows.length)
    })

    test('a warning names the handler where no callback takes the failure and nobody awaits it', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, throwsIt)
      const warnings = await warningsOf(async () => {
        for (const how of ['coded', 'null-prototype object'] as const) events.emit(Work, job('', { how }))
        expect(await events.drain()).toMatchObject({ total: 2, rejected: 2 })
      })
      expect(warnings).toHaveLength(2)
      for (const warning of warnings) expect(warning).toContain('throwsIt')
    })

    test('no warning is given where the emission is awaited', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, throwsIt)
      const warnings = await warningsOf(async () => {
        try {
          await events.emit(Work, job())
          expect.unreachable()
        } catch (error) {
          expect(error).toBeInstanceOf(EmissionError)
        }
      })
      expect(warnings).toEqual([])
    })
  })
}
