import { fileURLToPath } from 'node:url'
import { runNode, type ProgramEnd } from '@eventlane/local-programs'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Runs the built program. */
export function runProgram(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<ProgramEnd> {
  return runNode([main, ...args], { env })
}
