import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('programs', import.meta.url))

/** What a program prints, that was started with these options. */
function printed(...options: string[]): string[] {
  const output = execFileSync(process.execPath, [...options, 'preloaded.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  })
  return output.trim().split('\n')
}

it('telemetry that the program was started with is there in workers, whose handlers know nothing of it', () => {
  expect(printed('--import', './telemetry.mjs')).toEqual(['separate-thread true', 'separate-process true'])
})

it('without it, handlers have no span', () => {
  expect(printed()).toEqual(['separate-thread false', 'separate-process false'])
})
