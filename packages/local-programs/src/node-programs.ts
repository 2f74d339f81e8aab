import { onTestFinished } from 'vitest'
import type { ProgramEnd } from './program-end.js'
import { RunningProgram, type StartOptions } from './running-program.js'

/**
 * Starts `node`, which ends at the latest with the test that it is started in.
 *
 * @param args its options, a program and what that gets
 * @param options.lastSignal what it is sent where it still runs when its test is over; default: `SIGKILL`
 */
export function startNode(
  args: readonly string[],
  { lastSignal = 'SIGKILL', ...options }: StartOptions & { readonly lastSignal?: NodeJS.Signals } = {},
): RunningProgram {
  const program = new RunningProgram(args, options)
  onTestFinished(async () => {
    program.kill(lastSignal)
    await program.ended
  })
  return program
}

/**
 * Runs `node` to its end.
 *
 * @param args its options, a program and what that gets
 */
export function runNode(args: readonly string[], options?: StartOptions): Promise<ProgramEnd> {
  return startNode(args, options).ended
}
