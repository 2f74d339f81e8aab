import { describe, expect, it } from 'vitest'
import { runProgram } from './support/run-program.js'

interface Seen {
  readonly isCollected: boolean
  readonly warnings: readonly { readonly name: string; readonly code: string; readonly message: string }[]
  /** What `onSuccess` and whoever awaited were told, in the end. */
  readonly told: readonly unknown[]
}

async function lose(how: string, ...args: readonly string[]): Promise<Seen> {
  const { code, stdout, stderr } = await runProgram('lost-emitters', how, ...args)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  return JSON.parse(stdout) as Seen
}

function warning(message: RegExp): object {
  return { name: 'EventlaneWarning', code: 'ERR_EMITTER_LOST', message: expect.stringMatching(message) }
}

describe('an emitter that is garbage-collected with work in flight', () => {
  it('is one warning that says how many tasks of which events, and what to do; the work goes on', async () => {
    const { isCollected, warnings, told } = await lose('unobserved')
    expect(isCollected).toBe(true)
    expect(warnings).toEqual([
      warning(
        /3 tasks in flight.*\n {2}where: 2 tasks of event "order\.placed", 1 task of event "order\.paid"; executor mode main-event-loop-async\n {2}remedy: .*await using.*shutdown\(\)/,
      ),
    ])
    expect(told).toEqual(['placed', 'paid', 'placed'])
  })

  it('is told of with the tasks that have no outcome yet', async () => {
    const { warnings, told } = await lose('partly settled')
    expect(warnings).toEqual([warning(/with 1 task in flight.*\n.*1 task of event "order\.placed";/)])
    expect(told).toEqual(['at once', 'placed'])
  })

  it('is a warning also where a handler has emitted what is in flight', async () => {
    const { warnings } = await lose('emitted by a handler')
    expect(warnings).toEqual([warning(/1 task of event "order\.paid";/)])
  })

  it('is not kept by an emission that somebody keeps and nobody awaits', async () => {
    const { warnings, told } = await lose('emission kept')
    expect(warnings).toHaveLength(1)
    expect(told).toEqual(['placed'])
  })

  it('is a warning where a drain has given up', async () => {
    expect((await lose('drained in vain')).warnings).toHaveLength(1)
  })

  it('is a warning of its own where its handlers can never end, also if they refer to it', async () => {
    const { warnings } = await lose('hopeless')
    expect(warnings).toEqual([
      warning(/with 1 task in flight that will never end.*\n.*"order\.placed".*\n.*timeoutMs/),
    ])
  })

  it.each([
    ['awaited', ['placed', 1]],
    ['settled read', ['placed']],
    ['one of several awaited', ['placed', 'paid']],
  ])('is no warning while somebody awaits what it emitted: %s', async (how, told) => {
    expect(await lose(how)).toEqual({ isCollected: true, warnings: [], told })
  })
})

describe('an emitter that is garbage-collected with nothing in flight', () => {
  it.each([
    ['never emitted', []],
    ['settled', ['placed']],
    ['cancelled', []],
  ])('is no warning: %s', async (how, told) => {
    expect(await lose(how)).toEqual({ isCollected: true, warnings: [], told })
  })
})

describe('an emitter that is still in use', () => {
  it.each([
    ['known to its handler', ['main-event-loop-async']],
    ['being drained', ['placed']],
    ['shut down', ['placed']],
  ])('is not lost while its handlers run: %s', async (how, told) => {
    expect(await lose(how, 'kept')).toEqual({ isCollected: false, warnings: [], told })
  })
})
