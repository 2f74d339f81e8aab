import { defineEvent, InvalidEventError, InvalidPayloadError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { Work } from '../handlers.js'
import {
  AccountFailed,
  AccountFailedEvent,
  AccountOpened,
  AccountOpenedEvent,
  PremiumAccountOpened,
  PremiumAccountOpenedEvent,
  UndefinedAccountOpened,
} from '../modules/class-events.js'
import {
  emitsAccount,
  emitsLookAlike,
  seesAccount,
  seesFailure,
  seesField,
  seesNested,
} from '../modules/class-event-handlers.js'
import { errorOf, setStage, statuses, testWhere, thrownBy, valueOf } from '../stage.js'

class Doomed {
  readonly field = 1
}
class Stray {
  readonly field = 2
}
const moduleNamed = (name: string): string => new URL(`../modules/${name}.js`, import.meta.url).href
const DoomedEvent = defineEvent('conformance.doomed', Doomed, { module: moduleNamed('throws-at-import') })
const StrayEvent = defineEvent('conformance.stray', Stray, { module: moduleNamed('main-realm-only') })

/** Events that are instances of classes. */
export function describeClassEvents(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { isolated, findsHandlers = true } = factory().capabilities
  const at = new Date(7)

  describe('a class event', () => {
    test('gives handlers a real instance, also where they only import its type', async () => {
      const { events, linker } = setStage(factory)
      linker.on(AccountOpenedEvent, seesAccount)
      const report = await events.emit(new AccountOpened('a-1', at))
      expect(valueOf(report, seesAccount)).toEqual({
        event: AccountOpenedEvent.name,
        className: 'AccountOpened',
        description: 'account a-1 of 7',
        at,
      })
    })

    test('may be emitted by its definition and an instance', async () => {
      const { events, linker } = setStage(factory)
      linker.on(AccountOpenedEvent, seesAccount)
      const report = await events.emit(AccountOpenedEvent, new AccountOpened('a-1', at), {
        timeoutMs: 10_000,
      })
      expect(statuses(report)).toEqual(['fulfilled'])
    })

    test('that extends another reaches the links of both, each of them once', async () => {
      const { events, linker } = setStage(factory)
      linker.on(AccountOpenedEvent, seesAccount)
      const seen: unknown[] = []
      linker.on(
        [AccountOpenedEvent, PremiumAccountOpenedEvent, 'conformance.*'],
        (account) => seen.push(account instanceof PremiumAccountOpened),
        { local: true },
      )
      const report = await events.emit(new PremiumAccountOpened('p-1', at))
      expect(report.event).toBe(PremiumAccountOpenedEvent.name)
      expect(valueOf(report, seesAccount)).toMatchObject({
        event: PremiumAccountOpenedEvent.name,
        className: 'PremiumAccountOpened',
        description: 'premium account p-1 of 7',
      })
      expect(seen).toEqual([true])
      expect((await events.emit(AccountOpenedEvent, new PremiumAccountOpened('p-2', at))).event).toBe(
        PremiumAccountOpenedEvent.name,
      )
    })

    test('that is extended does not reach the links of those that extend it', async () => {
      const { events, linker } = setStage(factory)
      linker.on(PremiumAccountOpenedEvent, seesAccount)
      expect((await events.emit(new AccountOpened('a-1', at))).total).toBe(0)
    })

    test('may be an error', async () => {
      const { events, linker } = setStage(factory)
      linker.on(AccountFailedEvent, seesFailure)
      expect(valueOf(await events.emit(new AccountFailed('overdrawn')), seesFailure)).toEqual({
        className: 'AccountFailed',
        isRangeError: true,
        name: 'AccountFailed',
        message: 'overdrawn',
        code: 'ERR_ACCOUNT',
      })
    })

    test('may be a part of other payloads', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, seesNested)
      const report = await events.emit(Work, job('', { value: new AccountOpened('a-1', at) }))
      expect(valueOf(report, seesNested)).toBe('account a-1 of 7')
    })

    testOfEmitting('is emitted by handlers, and returned by them', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, emitsAccount)
      const next = linker.next(AccountOpenedEvent)
      const account = new PremiumAccountOpened('p-1', at)
      const report = await events.emit(Work, job('', { value: account }))
      expect(await next).toEqual(account)
      expect(await next).toBeInstanceOf(PremiumAccountOpened)
      expect(valueOf(report, emitsAccount)).toBeInstanceOf(PremiumAccountOpened)
      await events.drain()
    })

    test('is refused by emit where it is a look-alike, or of a class that is no event; nothing happens', async () => {
      const { events, linker } = setStage(factory)
      linker.on(AccountOpenedEvent, seesAccount)
      const lookAlike = { id: 'a-1', at, describe: () => '' }
      expect(thrownBy(() => events.emit(AccountOpenedEvent, lookAlike as never))).toBeInstanceOf(
        InvalidPayloadError,
      )
      expect(thrownBy(() => events.emit(lookAlike as never))).toBeInstanceOf(InvalidEventError)
      for (const refused of [
        () => events.emit(new UndefinedAccountOpened('a-1', at)),
        () => events.emit(AccountOpenedEvent, new UndefinedAccountOpened('a-1', at)),
      ]) {
        const error = thrownBy(refused)
        expect(error).toBeInstanceOf(InvalidEventError)
        expect((error as Error).message).toContain('UndefinedAccountOpened')
      }
      expect(await events.drain()).toMatchObject({ total: 0 })
    })

    testOfEmitting('is refused where a handler emits a look-alike by its name', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, emitsLookAlike)
      linker.on(AccountOpenedEvent, seesAccount)
      const report = await events.emit(Work, job()).settled
      expect(errorOf(report, emitsLookAlike)).toBeInstanceOf(InvalidPayloadError)
      expect(await events.drain()).toMatchObject({ total: 1 })
    })

    if (isolated && findsHandlers) {
      for (const { module, event, says } of [
        { module: 'throws-at-import', event: DoomedEvent, says: /fails to import/ },
        { module: 'main-realm-only', event: StrayEvent, says: /does not define it/ },
      ]) {
        test(`whose module is ${module} has its tasks rejected, saying why; other tasks run`, async () => {
          const { events, linker, job } = setStage(factory, { workers: 1 })
          linker.on([event, Work], seesField)
          const report = await events.emit(event === DoomedEvent ? new Doomed() : new Stray()).settled
          const error = errorOf(report, seesField)
          expect(error).toBeInstanceOf(InvalidEventError)
          expect((error as Error).message).toMatch(says)
          expect((error as Error).message).toContain(module)
          expect((error as Error).message).toContain(event.name)
          expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
        })
      }
    }
  })
}
