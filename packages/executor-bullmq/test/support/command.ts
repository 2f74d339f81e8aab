import { fileURLToPath } from 'node:url'
import { startNode, type RunningProgram } from '@eventlane/local-programs'

const PROGRAM = fileURLToPath(new URL('../../dist/command.js', import.meta.url))
export const COMMAND_HANDLERS = fileURLToPath(new URL('./command-handlers.mjs', import.meta.url))

/** Starts `eventlane-worker` as a process of its own. */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningProgram {
  return startNode([PROGRAM, ...args], { env: { ...process.env, ...env } })
}
