import { InvalidOptionError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { PoolFactory } from '../executor-factory.js'

const WRONG = [
  ['an unknown option', { worker: 2 }, 'worker'],
  ['a misspelt option', { maxOldSpaceMB: 2 }, 'maxOldSpaceMB'],
  ['text for a number', { workers: '2' }, 'workers'],
  ['no workers', { workers: 0 }, 'workers'],
  ['half a worker', { workers: 1.5 }, 'workers'],
  ['a concurrency of 0', { concurrency: 0 }, 'concurrency'],
  ['a negative grace', { killGraceMs: -1 }, 'killGraceMs'],
  ['a start timeout of 0', { startTimeoutMs: 0 }, 'startTimeoutMs'],
  ['Node.js options as one text', { execArgv: '--conditions=x' }, 'execArgv'],
  ['an environment of numbers', { env: { PORT: 80 } }, 'PORT'],
  ['an unknown loader', { loader: 'swc' }, 'loader'],
  ['no memory', { maxOldSpaceMb: 0 }, 'maxOldSpaceMb'],
  ['text for a truth value', { allowNested: 'yes' }, 'allowNested'],
] as const

/** Which options pools refuse, and how. */
export function describePoolOptions(factory: PoolFactory): void {
  // Also with what the type of its options rules out.
  const build = (options?: object) => factory(options)
  const { name } = build().constructor

  describe('its options', () => {
    for (const [what, options, named] of WRONG)
      test(`are refused where they have ${what}, by an error that names the option`, () => {
        expect(() => build(options)).toThrow(InvalidOptionError)
        expect(() => build(options)).toThrow(named)
        expect(() => build(options)).toThrow(`new ${name}()`)
      })

    test('may be left out, or be undefined', () => {
      for (const options of [undefined, {}, { workers: undefined, env: undefined, maxOldSpaceMb: undefined }])
        expect(build(options).stats().workers).toBe(0)
    })
  })
}
