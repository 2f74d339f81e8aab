import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createExecutor,
  InvalidOptionError,
  recommendExecutor,
  type LocalExecutionMode,
  type WorkProfile,
} from '../src/index.js'

const MODES: readonly LocalExecutionMode[] = [
  'main-event-loop-async',
  'separate-thread',
  'separate-thread-async',
  'separate-process',
  'separate-process-async',
]

/** What speaks against one mode. */
const against = (mode: LocalExecutionMode, profile: WorkProfile) =>
  recommendExecutor({ ...profile, mode }).warnings.filter((warning) => warning.startsWith(`${mode} `))

describe('the textbook cases', () => {
  it('a loop that calls one function many times belongs in a pool', () => {
    const found = recommendExecutor({ work: 'cpu', runMs: 40, atOnce: 1000 })
    expect(found).toMatchObject({ mode: 'separate-thread', unit: 'handler', warnings: [] })
    expect(found.reasons.join()).toMatch(/any worker may take any[^]*it computes[^]*one at a time/)
  })

  it('a background monitor of resources is a service, and one that has to be restarted has a worker of its own', () => {
    const monitor = { work: 'io', io: 'file', lifetime: 'long-lived', state: 'own' } as const
    expect(recommendExecutor(monitor)).toMatchObject({ mode: 'main-event-loop-async', unit: 'service' })
    const restarted = recommendExecutor({ ...monitor, restarts: true })
    expect(restarted).toMatchObject({ mode: 'separate-thread-async', unit: 'service', warnings: [] })
    expect(restarted.reasons.join()).toMatch(/for as long as the program[^]*started anew/)
  })

  it('many downloads are asynchronous, on the event loop that is there: it waits for all sockets at once', () => {
    const found = recommendExecutor({ work: 'io', runMs: 200, payloadBytes: 200, atOnce: 500 })
    expect(found).toMatchObject({ mode: 'main-event-loop-async', unit: 'handler', warnings: [] })
    expect(found.reasons.join()).toMatch(/waits for thousands of things at once/)
  })

  it('downloads that are parsed at length belong in async threads', () => {
    expect(recommendExecutor({ work: 'mixed', runMs: 200, atOnce: 500 })).toMatchObject({
      mode: 'separate-thread-async',
      unit: 'handler',
      warnings: [],
    })
  })

  it('a one-off task with state that talks to the main program is a service', () => {
    const found = recommendExecutor({ work: 'cpu', lifetime: 'one-off', state: 'conversation' })
    expect(found).toMatchObject({ mode: 'separate-thread', unit: 'service', warnings: [] })
    expect(found.reasons.join()).toMatch(/while the main program talks to it/)
  })
})

it('the picture in the documentation shows the same decision', () => {
  const picture = readFileSync(new URL('../../../docs/choosing.svg', import.meta.url), 'utf8')
  const shown = [...picture.matchAll(/>(main-event-loop-async|separate-[a-z-]+)</g)].map(([, mode]) => mode)
  const questions: readonly WorkProfile[] = [
    { work: 'cpu', isolation: 'process' },
    { work: 'cpu', restarts: true },
    { work: 'cpu', runMs: 0.04 },
    { work: 'cpu' },
    { work: 'mixed' },
    { work: 'io' },
  ]
  expect(shown).toEqual(questions.map((profile) => recommendExecutor(profile).mode))
})

describe('recommendExecutor', () => {
  it('keeps what is shorter than the way to a worker on the event loop', () => {
    const tiny = { work: 'cpu', runMs: 0.01, atOnce: 10_000 } as const
    expect(recommendExecutor(tiny).mode).toBe('main-event-loop-async')
    expect(against('separate-thread', tiny)).toEqual([
      'separate-thread hurts: 83 % of its time is the way to the worker and back; on the event loop there is none',
    ])
    expect(recommendExecutor({ ...tiny, runMs: 1 }).mode).toBe('separate-thread')
    expect(recommendExecutor({ ...tiny, runMs: 1, payloadBytes: 1e6 }).mode).toBe('main-event-loop-async')
    expect(recommendExecutor({ ...tiny, runMs: 1, transferShare: 0.6 }).mode).toBe('main-event-loop-async')
  })

  it('gives a process to what may crash, and a heap of its own to what needs one, whatever else it is', () => {
    expect(recommendExecutor({ work: 'cpu', isolation: 'process' }).mode).toBe('separate-process')
    expect(recommendExecutor({ work: 'io', isolation: 'process' }).mode).toBe('separate-process-async')
    expect(recommendExecutor({ work: 'io', isolation: 'heap' }).mode).toBe('separate-thread-async')
  })

  it('leaves where it is what nobody has measured', () => {
    for (const mode of MODES) expect(recommendExecutor({ work: 'unknown', mode }).mode).toBe(mode)
    expect(recommendExecutor({ work: 'unknown' }).mode).toBe('separate-thread')
  })

  it('recommends a mode that createExecutor makes', () => {
    for (const work of ['cpu', 'io', 'mixed', 'unknown'] as const) {
      const { mode } = recommendExecutor({ work })
      expect(createExecutor(mode).mode).toBe(mode)
    }
  })

  it.each([
    [{}, /the field work is missing/],
    [{ work: 'gpu' }, /option work has the wrong value/],
    [{ work: 'cpu', threads: 4 }, /unknown option "threads"/],
    [{ work: 'cpu', payloadBytes: -1 }, /option payloadBytes/],
    [{ work: 'cpu', runMs: Number.NaN }, /option runMs/],
    [{ work: 'cpu', transferShare: 1.5 }, /option transferShare/],
    [{ work: 'cpu', atOnce: 0 }, /option atOnce/],
    [{ work: 'cpu', mode: 'remote' }, /option mode/],
    [undefined, /must be an object/],
  ])('refuses the profile %j', (profile, message) => {
    expect(() => recommendExecutor(profile as WorkProfile)).toThrow(InvalidOptionError)
    expect(() => recommendExecutor(profile as WorkProfile)).toThrow(message)
  })
})

describe('its warnings', () => {
  it.each<[string, LocalExecutionMode, WorkProfile, RegExp, WorkProfile]>([
    [
      'a closure in a process',
      'separate-process',
      { work: 'cpu', obstacle: 'closure' },
      /^separate-process cannot work: no other realm can find a closure/,
      { work: 'cpu' },
    ],
    [
      'a payload that cannot be encoded in a thread',
      'separate-thread',
      { work: 'cpu', obstacle: 'payload' },
      /^separate-thread cannot work: the payload cannot be encoded/,
      { work: 'cpu' },
    ],
    [
      'a large payload to a process',
      'separate-process',
      { work: 'cpu', payloadBytes: 1024 * 1024 },
      /^separate-process hurts: each payload of 1\.0 MB is encoded/,
      { work: 'cpu', payloadBytes: 1024 },
    ],
    [
      'a very large payload to a thread',
      'separate-thread',
      { work: 'cpu', payloadBytes: 4 * 1024 * 1024 },
      /^separate-thread hurts: each payload of 4\.0 MB/,
      { work: 'cpu', payloadBytes: 1024 * 1024 },
    ],
    [
      'a pool for one task',
      'separate-thread',
      { work: 'cpu', lifetime: 'one-off' },
      /^separate-thread hurts: starting a pool for one task/,
      { work: 'cpu' },
    ],
    [
      'a handler that computes, inline',
      'main-event-loop-async',
      { work: 'cpu', runMs: 80 },
      /^main-event-loop-async hurts: it blocks the event loop for 80 ms/,
      { work: 'cpu', runMs: 1 },
    ],
    [
      'many that wait, one at a time',
      'separate-thread',
      { work: 'io', atOnce: 200 },
      /^separate-thread hurts: each worker waits for one at a time/,
      { work: 'io' },
    ],
    [
      'many that compute in one worker',
      'separate-thread-async',
      { work: 'cpu' },
      /^separate-thread-async hurts: handlers that compute take turns/,
      { work: 'mixed' },
    ],
    [
      'state in a pool',
      'separate-thread',
      { work: 'cpu', state: 'own' },
      /^separate-thread hurts: .*own copy of the state/,
      { work: 'cpu' },
    ],
    [
      'many files at once',
      'main-event-loop-async',
      { work: 'io', io: 'file', atOnce: 100 },
      /^main-event-loop-async hurts: .*UV_THREADPOOL_SIZE/,
      { work: 'io', io: 'socket', atOnce: 100 },
    ],
    [
      'what may crash in a thread',
      'separate-thread',
      { work: 'cpu', isolation: 'process' },
      /^separate-thread cannot work: a crash/,
      { work: 'cpu', isolation: 'heap' },
    ],
    [
      'what hangs on the main event loop',
      'main-event-loop-async',
      { work: 'io', restarts: true },
      /^main-event-loop-async cannot work: what hangs/,
      { work: 'io' },
    ],
  ])('tell of %s, and not of what is nearly so', (_, mode, profile, warning, harmless) => {
    expect(against(mode, profile)).toEqual([expect.stringMatching(warning)])
    expect(against(mode, harmless)).toEqual([])
  })

  it('tell of the recommended mode as well as of the one that it has', () => {
    const profile = { work: 'cpu', runMs: 80, obstacle: 'closure', mode: 'main-event-loop-async' } as const
    expect(recommendExecutor(profile).warnings).toEqual([
      expect.stringMatching(/^separate-thread cannot work: no other realm can find a closure/),
      expect.stringMatching(/^main-event-loop-async hurts: it blocks the event loop for 80 ms/),
    ])
  })
})

describe('for every profile', () => {
  const amount = (max: number) => fc.double({ min: 0, max, noNaN: true })
  const profiles = fc.record<WorkProfile, 'work'>(
    {
      work: fc.constantFrom('cpu', 'io', 'mixed', 'unknown'),
      io: fc.constantFrom('socket', 'file'),
      runMs: amount(1e6),
      blockedMs: amount(1e6),
      payloadBytes: amount(1e10),
      transferShare: amount(1),
      atOnce: fc.integer({ min: 1, max: 1e6 }),
      lifetime: fc.constantFrom('many-short', 'one-off', 'long-lived'),
      state: fc.constantFrom('none', 'own', 'conversation'),
      isolation: fc.constantFrom('none', 'heap', 'process'),
      restarts: fc.boolean(),
      obstacle: fc.constantFrom('none', 'closure', 'payload'),
      mode: fc.constantFrom(...MODES),
    },
    { requiredKeys: ['work'] },
  )
  const law = (holds: (profile: WorkProfile) => void) => {
    fc.assert(fc.property(profiles, holds), { numRuns: 2000 })
  }

  it('there is one mode, one unit and at least one reason, all of them sentences', () => {
    law((profile) => {
      const { mode, unit, reasons, warnings, ...rest } = recommendExecutor(profile)
      expect(rest).toEqual({})
      expect(MODES).toContain(mode)
      expect(['handler', 'service']).toContain(unit)
      expect(reasons.length).toBeGreaterThan(0)
      expect(new Set(reasons).size).toBe(reasons.length)
      for (const warning of warnings) {
        expect(warning).toMatch(/^(main-event-loop|separate-(thread|process))(-async)? (cannot work|hurts): /)
        expect(warning).not.toMatch(/undefined|NaN/)
      }
    })
  })

  it('the answer depends on nothing but the profile, and not on the order of its fields', () => {
    law((profile) => {
      const first = recommendExecutor(Object.freeze({ ...profile }))
      const backwards = Object.fromEntries(Object.entries(profile).toReversed()) as unknown as WorkProfile
      expect(recommendExecutor(backwards)).toEqual(first)
    })
  })

  it('what may crash gets a process, and what hangs a worker', () => {
    law((profile) => {
      const { mode } = recommendExecutor(profile)
      if (profile.isolation === 'process') expect(mode).toMatch(/^separate-process/)
      if (profile.restarts || profile.isolation === 'heap') expect(mode).toMatch(/^separate-/)
    })
  })

  it('a closure that is to go to a worker is always warned of', () => {
    law((profile) => {
      const { mode, warnings } = recommendExecutor({ ...profile, obstacle: 'closure' })
      const isWarned = warnings.some((warning) => warning.startsWith(`${mode} cannot work: no other realm`))
      expect(isWarned).toBe(mode !== 'main-event-loop-async')
    })
  })

  it('a recommendation that is followed stays what it is', () => {
    law((profile) => {
      const { mode } = recommendExecutor(profile)
      expect(recommendExecutor({ ...profile, mode }).mode).toBe(mode)
    })
  })
})
