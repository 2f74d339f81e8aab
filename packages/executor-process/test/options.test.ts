import { InvalidOptionError } from '@eventlane/core'
import { ProcessExecutor, type ProcessExecutorOptions } from '@eventlane/executor-process'
import { expect, test } from 'vitest'

for (const [what, options, named] of [
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
] as const) {
  test(`${what} is refused by an error that names the option`, () => {
    const build = () => new ProcessExecutor(options as ProcessExecutorOptions)
    expect(build).toThrow(InvalidOptionError)
    expect(build).toThrow(named)
    expect(build).toThrow('new ProcessExecutor()')
  })
}

test('options may be left out, or be undefined', () => {
  for (const options of [undefined, {}, { workers: undefined, env: undefined, maxOldSpaceMb: undefined }]) {
    const executor = new ProcessExecutor(options as ProcessExecutorOptions)
    expect(executor.mode).toBe('separate-process')
    expect(executor.stats().workers).toBe(0)
  }
})
