import { fileURLToPath } from 'node:url'
import { runNode } from '@eventlane/local-programs'
import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('./programs/end-of-program.mjs', import.meta.url))

describe('falling off the end of a program', () => {
  it.each([
    [
      'loses nothing that was emitted and not awaited',
      'fire-and-forget',
      ['a 0', 'b 0', 'a 1', 'b 1', 'a 2', 'b 2'],
    ],
    ['loses nothing that handlers wait for', 'async', ['0', '1', '2']],
    ['loses nothing that handlers emit', 'chain', ['3', '2', '1', '0']],
    ['loses nothing where the handler’s own timer does not keep the program alive', 'unref', ['done']],
    ['does not hang where nothing was emitted', 'idle', []],
    ['does not hang where an awaited emission has a timeout to spare', 'timeout-to-spare', ['done']],
    ['does not hang on the timeout of a task that was cancelled', 'cancelled', ['cancelled 1']],
    ['drains at the end of an `await using` scope', 'scope', ['handled', 'left']],
    ['is fine without shutdown after everything was awaited', 'awaited', ['fulfilled 1']],
  ])('%s, and exits with code 0', async (_, name, lines) => {
    const { code, stdout, stderr } = await runNode([program, name])
    expect(stdout.split('\n').filter(Boolean)).toEqual(lines)
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})
