import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs the built program, its output in pipes.
 *
 * @param interruptAt on the first appearance of this text on stderr, the program gets what Ctrl-C sends, once
 */
export function runProgram(args: readonly string[], interruptAt?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let interrupted = false
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      if (interruptAt === undefined || interrupted || !stderr.includes(interruptAt)) return
      interrupted = true
      child.kill('SIGINT')
    })
    child.on('error', reject)
    // Does nothing to a child that has ended; one that a failed test leaves behind goes with it.
    onTestFinished(() => void child.kill('SIGKILL'))
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Runs it with `--json` and reads what it printed. */
export async function runForJson(args: readonly string[]): Promise<any> {
  return JSON.parse((await runProgram([...args, '--json'])).stdout)
}
