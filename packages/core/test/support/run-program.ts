import { fileURLToPath } from 'node:url'
import { runNode, type ProgramEnd } from '@eventlane/local-programs'

/** Runs a program of `test/programs` in a Node.js process of its own. */
export function runProgram(name: string, ...args: readonly string[]): Promise<ProgramEnd> {
  return runNode([fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url)), ...args])
}
