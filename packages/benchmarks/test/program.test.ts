import { describe, expect, it } from 'vitest'
import { readArguments } from '../src/arguments.js'
import { benchmarks } from '../src/benchmarks.js'
import { codec } from '../src/benchmarks/codec.js'
import { FULL, QUICK } from '../src/settings.js'
import { runProgram, SHORTEST, shortestReport } from './program.js'

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

describe('the command line', () => {
  it.each([
    ['an unknown benchmark', ['codex'], /'codex' is invalid.*choices are codec/],
    ['two benchmarks', ['codec', 'codec'], /too many arguments/],
    ['an unknown option', ['--turbo'], /unknown option '--turbo'/],
    ['an option that is nearly right', ['--quik'], /unknown option '--quik'/],
    ['no rounds', ['codec', '--rounds', '0'], /whole number above 0/],
    ['a time that is no number', ['codec', '--sample-ms', 'long'], /whole number above 0/],
    ['quick figures to be published', ['codec', '--quick', '--write'], /cannot be used with/],
  ])('says in one line what is wrong with %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runProgram(args)
    expect(lines(stderr)).toEqual([expect.stringMatching(message)])
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('helps', async () => {
    const { code, stdout } = await runProgram(['--help'])
    expect(stdout).toContain('--quick')
    expect(code).toBe(0)
  })
})

describe('readArguments', () => {
  it('takes all benchmarks, thoroughly and for publication, unless told otherwise', () => {
    expect(readArguments([])).toEqual({
      chosen: benchmarks,
      isAll: true,
      settings: FULL,
      json: false,
      write: true,
    })
  })

  it.each<[string[], object]>([
    [['codec'], { chosen: [codec], isAll: false, settings: FULL, write: false }],
    [['codec', '--write'], { chosen: [codec], isAll: false, settings: FULL, write: true }],
    [['--quick'], { chosen: benchmarks, isAll: true, settings: QUICK, write: false }],
    [['--json', '--rounds', '3'], { json: true, settings: { ...FULL, rounds: 3 }, write: true }],
    [['--quick', '--sample-ms', '3'], { settings: { ...QUICK, sampleMs: 3 } }],
  ])('%j', (args, request) => {
    expect(readArguments(args)).toMatchObject(request)
  })
})

describe('codec', () => {
  it('prints JSON and nothing else', async () => {
    const { name, rows, ratios, ...rest } = await shortestReport('codec')
    expect(name).toBe('codec')
    expect(rest).toEqual({})
    expect(Object.keys(ratios)).toEqual([
      'plainEncodeVsJson',
      'plainDecodeVsJson',
      'richEncodeVsSuperjson',
      'richDecodeVsSuperjson',
      'richEncodeVsDevalue',
      'richDecodeVsDevalue',
      'largeEncodeVsJson',
      'largeDecodeVsJson',
      'bufferEncodeVsBase64',
      'bufferDecodeVsBase64',
    ])
    for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0)
    for (const row of rows) {
      expect(row).toEqual({
        subject: expect.any(String),
        metric: expect.stringMatching(/^(plain|rich|large|buffer) (encode|decode|round trip) \(ns\)$/),
        median: expect.any(Number),
        min: expect.any(Number),
        max: expect.any(Number),
      })
    }
    const subjects = (metric: string) =>
      rows.filter((row: any) => row.metric === metric).map((row: any) => row.subject)
    expect(subjects('plain encode (ns)')).toEqual([
      'eventlane',
      'JSON',
      'superjson',
      'devalue',
      'seroval',
      'v8.serialize',
    ])
    expect(subjects('rich decode (ns)')).not.toContain('JSON')
    expect(subjects('buffer encode (ns)')).toContain('base64')
    expect(subjects('large round trip (ns)')).toContain('structuredClone')
  })

  it('prints tables', async () => {
    const { code, stdout } = await runProgram(['codec', ...SHORTEST])
    expect(stdout).toContain('codec: Payloads: encode and decode')
    expect(stdout).toMatch(/^│ structuredClone │/m)
    expect(stdout).toMatch(/^│ richEncodeVsDevalue +│ .* │ +< 1 │/m)
    expect(code).toBe(0)
  })
})
