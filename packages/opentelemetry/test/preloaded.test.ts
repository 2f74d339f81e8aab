import { fileURLToPath } from 'node:url'
import { runNode } from '@eventlane/local-programs'
import { expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('programs', import.meta.url))

/** What a program prints, that was started with these options. */
async function printed(...options: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runNode([...options, 'preloaded.mjs'], { cwd })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim().split('\n')
}

it('telemetry that the program was started with is there in workers, whose handlers know nothing of it', async () => {
  expect(await printed('--import', './telemetry.mjs')).toEqual([
    'separate-thread true',
    'separate-process true',
  ])
})

it('without it, handlers have no span', async () => {
  expect(await printed()).toEqual(['separate-thread false', 'separate-process false'])
})
