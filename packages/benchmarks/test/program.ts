import { fileURLToPath } from 'node:url'
import { runNode, type ProgramEnd } from '@eventlane/local-programs'
import { expect } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Every sample as short as can be: figures mean nothing, all else is as it is. */
export const SHORTEST = ['--quick', '--rounds', '1', '--sample-ms', '1']

/** Runs the built program. */
export function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ProgramEnd> {
  return runNode([main, ...args], { env })
}

/** What a benchmark says in its shortest run, with what it warned of. */
export async function shortestReport(name: string): Promise<any> {
  const { code, stdout, stderr } = await runProgram([name, '--json', ...SHORTEST])
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/^Running .*\nRan .* s\.\n$/) })
  return JSON.parse(stdout)
}
