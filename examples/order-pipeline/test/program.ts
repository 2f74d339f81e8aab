import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

type Environment = Readonly<Record<string, string | undefined>>

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The program while it runs. */
export interface Running {
  readonly ended: Promise<Ended>
  /** Waits until its output matches; rejects when it ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** What Ctrl-C sends. */
  interrupt(): void
}

/** Starts the built program, its output in pipes. */
export function startProgram(args: readonly string[], env: Environment = process.env): Running {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  // Does nothing to a child that has ended.
  onTestFinished(() => void child.kill('SIGTERM'))
  return {
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout)
          if (match) resolve(match)
        }
        child.stdout.on('data', look)
        child.on('close', () => reject(new Error(`it ended: ${stdout}${stderr}`)))
        look()
      }),
    interrupt: () => void child.kill('SIGINT'),
  }
}

/** Runs it to its end. */
export function runProgram(args: readonly string[], env?: Environment): Promise<Ended> {
  return startProgram(args, env).ended
}
