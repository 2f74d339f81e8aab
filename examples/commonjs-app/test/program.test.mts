import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../main.cjs', import.meta.url))

interface ProgramEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'pipe'] })
  // Does nothing to a child that has ended.
  onTestFinished(() => void child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

const OUTPUT = `Node.js ${process.versions.node}
Shelves.fill  12 x lamp, in separate-thread
label         LAMP, in separate-thread
price         468 EUR, in separate-thread
Shelves.fill  12 x lamp, in separate-process
label         LAMP, in separate-process
price         468 EUR, in separate-process
`

it('a CommonJS program has its handlers run in threads and processes, and Node.js warns of nothing', async () => {
  expect(await run()).toEqual({ code: 0, stdout: OUTPUT, stderr: '' })
})
