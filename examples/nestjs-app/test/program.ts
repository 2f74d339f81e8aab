import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** How a run of the program ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the built application on a free port, its output in pipes. */
export function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, NO_COLOR: '1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Does nothing to a child that has ended; one that a failed test leaves behind goes with it.
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  let hasEnded = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      hasEnded = true
      resolve({ code, signal, stdout, stderr })
    })
  })
  return {
    ended,
    /** What a deployment sends. */
    terminate: () => void child.kill('SIGTERM'),
    /** Where it listens. */
    async url(): Promise<string> {
      for (;;) {
        const [, url] = /^listening on (\S+), handlers in .+\n/m.exec(stdout) ?? []
        if (url !== undefined) return url
        if (hasEnded) throw new Error(`it has ended:\n${stdout}${stderr}`)
        await sleep(2)
      }
    },
  }
}
