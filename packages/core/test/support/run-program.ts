import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a program ended and what it printed. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program of `test/programs` in a Node.js process of its own. */
export function runProgram(name: string, ...args: readonly string[]): Promise<ProgramEnd> {
  const file = fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url))
  // A program that hangs is ended, and then has no exit code.
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
