import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx/cli')
const stripsTypes = 'typescript' in process.features && Boolean(process.features.typescript)

interface ProgramEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(...args: readonly string[]): Promise<ProgramEnd> {
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
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

it('tsx runs decorated and defined handlers in threads and processes', async () => {
  const stdout = `Moderation.clean  Ada: What the ... is a lane?
count             6 words, in separate-thread
Moderation.clean  Ada: What the ... is a lane?
count             6 words, in separate-process
`
  expect(await run(tsx, 'src/main.ts')).toEqual({ code: 0, stdout, stderr: '' })
})

it.runIf(stripsTypes)('Node.js alone runs defined handlers in both (not before 22.18)', async () => {
  const stdout = `count             6 words, in separate-thread
count             6 words, in separate-process
`
  expect(await run('src/native.ts')).toEqual({ code: 0, stdout, stderr: '' })
})
