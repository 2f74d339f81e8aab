import { closeOnSignals, InvalidOptionError, type Closable } from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { runProgram } from './support/run-program.js'

const nothing: Closable = { shutdown: () => Promise.resolve(), terminate: () => Promise.resolve() }

describe('closeOnSignals', () => {
  it.each([
    ['no signals', []],
    ['an unknown signal', ['SIGTERM', 'SIGSTOPPED']],
    ['a signal that cannot be listened to', ['SIGKILL']],
    ['no array', 'SIGTERM'],
  ])('refuses %s', (_, signals) => {
    expect(() => closeOnSignals(nothing, signals as never)).toThrow(InvalidOptionError)
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  it('refuses a wrong timeoutMs, naming it', () => {
    expect(() => closeOnSignals(nothing, ['SIGTERM'], { timeoutMs: 0 })).toThrow(/timeoutMs/)
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  it('listens to SIGTERM and SIGINT by default, until it is disposed', () => {
    const before = (['SIGTERM', 'SIGINT'] as const).map((signal) => process.listenerCount(signal))
    const closing = closeOnSignals(nothing)
    const during = (['SIGTERM', 'SIGINT'] as const).map((signal) => process.listenerCount(signal))
    closing[Symbol.dispose]()
    closing[Symbol.dispose]()
    const after = (['SIGTERM', 'SIGINT'] as const).map((signal) => process.listenerCount(signal))
    expect(during).toEqual(before.map((count) => count + 1))
    expect(after).toEqual(before)
  })

  it('leaves the signal to others once it is disposed', async () => {
    expect(await runProgram('signals', 'disposed')).toMatchObject({ code: 'SIGTERM', stdout: '' })
  })

  it.each(['several', 'two copies'])(
    'exits when the last of several emitters is closed, in a program of %s',
    async (name) => {
      const { code, stdout } = await runProgram('signals', name)
      expect({ code, stdout }).toEqual({ code: 143, stdout: 'quick closed\nslow closed\n' })
    },
  )

  it('takes one signal for one, where it is named twice or called twice for an emitter', async () => {
    const { code, stdout } = await runProgram('signals', 'twice')
    expect({ code, stdout }).toEqual({ code: 143, stdout: 'closed\nclosed\n' })
  })

  it('exits also where a shutdown fails, and says so', async () => {
    const { code, stderr } = await runProgram('signals', 'failing')
    expect(code).toBe(130)
    expect(stderr).toMatch(
      /ERR_CLOSE_FAILED.*EventlaneWarning.*RangeError: no way out.*where: .*SIGINT.*remedy: /s,
    )
  })
})
