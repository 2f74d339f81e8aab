import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isAlive, until } from './services/stage.js'

const program = fileURLToPath(new URL('programs/hosting.mjs', import.meta.url))

/** Starts the program, and gives the process id of its service when that is ready. */
async function run(what: string, mode: string) {
  const child = spawn(process.execPath, [program, what, mode], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  let ended: { code: number | null; signal: string | null } | undefined
  child.once('close', (code, signal) => (ended = { code, signal }))
  const printed = (text: string) =>
    until(() => {
      if (ended) throw new Error(`it has ended: ${output.stdout}${output.stderr}`)
      return output.stdout.includes(text)
    }, `the program prints ${text}`)
  await printed('ready')
  return {
    child,
    output,
    printed,
    pid: Number(/ready (\d+)/.exec(output.stdout)?.[1]),
    end: async () => {
      await until(() => ended !== undefined, 'the program ends')
      return ended
    },
  }
}

const processModes = ['separate-process', 'separate-process-async']

describe.each(processModes)('a program that is killed, with a service in mode %s', (mode) => {
  it('leaves no process behind', async () => {
    const { child, pid, end } = await run('runs', mode)
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    expect(await end()).toEqual({ code: null, signal: 'SIGKILL' })
    await until(() => !isAlive(pid), 'the process of the service has ended')
  })

  it('leaves no process behind that blocks its event loop', async () => {
    const { child, pid, printed, end } = await run('blocks', mode)
    await printed('blocking false')
    child.kill('SIGKILL')
    await end()
    await until(() => !isAlive(pid), 'the process of the service has ended')
  })
})

describe.each(['main-event-loop-async', 'separate-thread', 'separate-process'])(
  'a program with a service in mode %s',
  (mode) => {
    it.skipIf(process.platform === 'win32')('stops it at SIGTERM, and exits with 143', async () => {
      const { child, output, pid, end } = await run('runs', mode)
      child.kill('SIGTERM')
      expect(await end()).toEqual({ code: 143, signal: null })
      expect(output.stdout).toContain('service stopped')
      expect(output.stderr).toBe('')
      await until(() => !isAlive(pid), 'the process of the service has ended')
    })

    it('ends by itself when its host has stopped', async () => {
      const { output, end } = await run('stops', mode)
      expect({ ...(await end()), ...output }).toMatchObject({ code: 0, stderr: '' })
      expect(output.stdout).toMatch(/service stopped\nstopped\n$/)
    })
  },
)
