import {
  defineEvent,
  EventEmitter,
  EventLinker,
  payload,
  type EmitterOptions,
  type LinkerOptions,
  type Settlement,
  type SettlementCallbacks,
} from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { runProgram } from './support/run-program.js'

const Tick = defineEvent('tick')
const Listed = defineEvent('listed', payload<number[]>())

function setUp(ofLinker: LinkerOptions = {}, ofEmitter: Partial<EmitterOptions> = {}) {
  const linker = new EventLinker(ofLinker)
  const events = new EventEmitter({ executor: new LoopExecutor(), linker, ...ofEmitter })
  return { linker, events }
}

describe('onSuccess and onFailure', () => {
  function noting(seen: unknown[], who: string): SettlementCallbacks {
    return {
      onSuccess: (value) => void seen.push([who, 'success', value]),
      onFailure: (error) => void seen.push([who, 'failure', error]),
    }
  }

  it.each([
    ['the link’s, where it has one', true, true, true, 'link'],
    ['else the linker’s', false, true, true, 'linker'],
    ['else the emitter’s', false, false, true, 'emitter'],
  ])('the most specific one is called: %s', async (_, ofLink, ofLinker, ofEmitter, expected) => {
    const seen: unknown[] = []
    const error = new Error('broken')
    const { linker, events } = setUp(
      ofLinker ? noting(seen, 'linker') : {},
      ofEmitter ? noting(seen, 'emitter') : {},
    )
    const options = { local: true, ...(ofLink ? noting(seen, 'link') : {}) }
    linker.on(Tick, () => 'fine', options)
    linker.on(Tick, () => Promise.reject(error), options)
    events.emit(Tick)
    await events.drain()
    expect(seen).toEqual([
      [expected, 'success', 'fine'],
      [expected, 'failure', error],
    ])
  })

  it('each falls back by itself', async () => {
    const seen: unknown[] = []
    const { linker, events } = setUp(noting(seen, 'linker'))
    linker.on(Tick, () => 'fine', { local: true, onFailure: () => undefined })
    await events.emit(Tick)
    expect(seen).toEqual([['linker', 'success', 'fine']])
  })

  it('are told event, emission, handler and payload', async () => {
    let settlement: Settlement | undefined
    const { linker, events } = setUp({ onSuccess: (_, told) => void (settlement = told) })
    linker.on(Listed, { counts: (list: number[]) => list.length }.counts, { local: true })
    const emission = events.emit(Listed, [1, 2])
    await emission
    expect(settlement).toMatchObject({ event: 'listed', emissionId: emission.id, payload: [1, 2] })
    expect(settlement?.handler).toMatch(/\(local\)$/)
  })

  it('get copies of their own of value and payload', async () => {
    const { linker, events } = setUp({
      onSuccess: (value, settlement) => {
        ;(value as number[]).push(7)
        ;(settlement.payload as number[]).push(8)
      },
    })
    linker.on(Listed, (list) => list, { local: true })
    linker.on(Listed, (list) => list, { local: true, onSuccess: () => undefined })
    const report = await events.emit(Listed, [1])
    expect(report.outcomes).toMatchObject([{ value: [1] }, { value: [1] }])
  })

  it('are called also for an emission that is awaited', async () => {
    const seen: unknown[] = []
    const { linker, events } = setUp(noting(seen, 'linker'))
    const error = new Error('broken')
    linker.on(Tick, () => Promise.reject(error), { local: true })
    await events.emit(Tick).settled
    expect(seen).toEqual([['linker', 'failure', error]])
  })

  it('are not called for a cancelled task', async () => {
    const seen: unknown[] = []
    const { linker, events } = setUp(noting(seen, 'linker'))
    linker.on(Tick, () => undefined, { local: true })
    events.emit(Tick).cancel()
    await events.drain()
    expect(seen).toEqual([])
  })

  it('may emit, and drain waits for that', async () => {
    const { linker, events } = setUp()
    const seen: unknown[] = []
    linker.on(Tick, () => 'x', { local: true, onSuccess: () => void events.emit(Listed, [1]) })
    linker.on(Listed, (list) => void seen.push(list), { local: true })
    events.emit(Tick)
    expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
    expect(seen).toEqual([[1]])
  })

  it('may cancel the emission', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => 'x', { local: true, onSuccess: () => emission.cancel() })
    linker.on(Tick, () => 'y', { local: true })
    const emission = events.emit(Tick)
    const report = await emission.settled
    expect(report.outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'cancelled'])
  })
})

/** Each line that a program printed, as JSON. */
function printed(stdout: string): unknown[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))
}

/** Warnings come a tick after what caused them, so their place among the lines is not fixed. */
function expectPrinted(stdout: string, lines: readonly unknown[]): void {
  const actual = printed(stdout)
  expect(actual).toHaveLength(lines.length)
  for (const line of lines) expect(actual).toContainEqual(line)
}

describe('a failure that no callback takes and nobody awaits', () => {
  it('is a process warning that names event, handler and error, and the program goes on', async () => {
    const { code, stdout } = await runProgram('failures', 'unobserved')
    expect(code).toBe(0)
    expectPrinted(stdout, [
      'drained',
      {
        name: 'EventlaneWarning',
        code: 'ERR_HANDLER_FAILED',
        message: expect.stringMatching(/TypeError: broken[^]*"order\.placed"[^]*failing \(local\)/),
        detail: expect.stringMatching(/^TypeError: broken\n\s+at failing/),
      },
    ])
  })

  it.each(['then', 'settled', 'onFailure'])('is none when it was observed by %s', async (how) => {
    const { code, stdout } = await runProgram('failures', `observed-by-${how}`)
    expect(code).toBe(0)
    expect(printed(stdout)).toEqual(['drained'])
  })

  it('is none when the emission was cancelled', async () => {
    const { code, stdout } = await runProgram('failures', 'cancelled')
    expect(code).toBe(0)
    expect(printed(stdout)).toEqual(['drained'])
  })

  it.each(['null-prototype', 'hostile-string', 'symbol-message', 'undefined'])(
    'is a warning whatever was thrown: %s',
    async (thrown) => {
      const { code, stdout } = await runProgram('failures', 'thrown', thrown)
      expect(printed(stdout)).toContainEqual(
        expect.objectContaining({
          name: 'EventlaneWarning',
          message: expect.stringMatching(/"order\.placed"[^]*failing \(local\)/),
        }),
      )
      expect(code).toBe(0)
    },
  )

  it('is an uncaught exception with onUnhandledFailure: throw, which names it and keeps the cause', async () => {
    const { code, stdout } = await runProgram('failures', 'throw')
    expect(code).toBe(0)
    expectPrinted(stdout, [
      'drained',
      {
        uncaught: 'HandlerError',
        message: expect.stringMatching(/TypeError: broken[^]*"order\.placed"[^]*failing \(local\)/),
        cause: 'broken',
      },
    ])
  })

  it('ends a program with onUnhandledFailure: throw that has no handler for it', async () => {
    const { code, stderr } = await runProgram('failures', 'throw-unhandled')
    expect(code).toBe(1)
    expect(stderr).toContain('TypeError: broken')
  })

  it('inside a callback is reported the same way, with the handler whose task it was', async () => {
    const { code, stdout } = await runProgram('failures', 'callback')
    expect(code).toBe(0)
    expectPrinted(stdout, [
      'drained',
      expect.objectContaining({
        name: 'EventlaneWarning',
        message: expect.stringMatching(/of onSuccess[^]*"order\.placed"[^]*fine \(local\)/),
      }),
      expect.objectContaining({
        name: 'EventlaneWarning',
        message: expect.stringMatching(/of onFailure[^]*"order\.placed"[^]*failing \(local\)/),
      }),
    ])
  })

  it('inside an asynchronous callback is reported the same way, and does not end the program', async () => {
    const { code, stdout } = await runProgram('failures', 'async-callback')
    expect(printed(stdout)).toHaveLength(2)
    expect(printed(stdout)).toContainEqual(
      expect.objectContaining({
        name: 'EventlaneWarning',
        message: expect.stringMatching(/of onSuccess[^]*"order\.placed"[^]*fine \(local\)/),
      }),
    )
    expect(code).toBe(0)
  })

  it('of a context.emit is reported the same way, and does not end the program', async () => {
    const { code, stdout } = await runProgram('failures', 'context-emit')
    expect(printed(stdout)).toHaveLength(2)
    expect(printed(stdout)).toContainEqual(
      expect.objectContaining({
        name: 'EventlaneWarning',
        message: expect.stringMatching(/levels deep[^]*"order\.placed"/),
      }),
    )
    expect(code).toBe(0)
  })
})

describe('one signal', () => {
  it('may be used for many links and emissions at a time without a warning', async () => {
    const { code, stdout } = await runProgram('failures', 'one-signal')
    expect(code).toBe(0)
    expect(printed(stdout)).toEqual(['drained'])
  })
})
