import { fileURLToPath } from 'node:url'
import { runNode, startNode, type ProgramEnd } from '@eventlane/local-programs'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Runs the built program. */
export function runProgram(args: readonly string[]): Promise<ProgramEnd> {
  return runNode([main, ...args])
}

/** Runs it with `--json` and reads what it printed. */
export async function runForJson(args: readonly string[]): Promise<any> {
  return JSON.parse((await runProgram([...args, '--json'])).stdout)
}

/** Runs it, and sends what Ctrl-C sends when it has printed something to stderr. */
export async function interruptProgram(args: readonly string[], at: RegExp): Promise<ProgramEnd> {
  const program = startNode([main, ...args])
  await program.printed(at, 'stderr')
  program.kill('SIGINT')
  return await program.ended
}
