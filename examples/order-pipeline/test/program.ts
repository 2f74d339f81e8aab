import { fileURLToPath } from 'node:url'
import { startNode, type ProgramEnd, type RunningProgram } from '@eventlane/local-programs'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Starts the built program, which takes its workers and its Redis with it when its test ends before it does. */
export function startProgram(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): RunningProgram {
  return startNode([main, ...args], { env, lastSignal: 'SIGTERM' })
}

/** Runs it to its end. */
export function runProgram(...program: Parameters<typeof startProgram>): Promise<ProgramEnd> {
  return startProgram(...program).ended
}
