import { fileURLToPath } from 'node:url'
import { startNode } from '@eventlane/local-programs'
import { describe, expect, it } from 'vitest'
import { isAlive, until } from './services/stage.js'

const file = fileURLToPath(new URL('programs/hosting.mjs', import.meta.url))

/** Starts the program, and gives the process id of its service when that is ready. */
async function start(what: string, mode: string) {
  const program = startNode([file, what, mode])
  const [, pid] = await program.printed(/ready (\d+)\n/)
  return { program, pid: Number(pid) }
}

const processModes = ['separate-process', 'separate-process-async']

describe.each(processModes)('a program that is killed, with a service in mode %s', (mode) => {
  it('leaves no process behind', async () => {
    const { program, pid } = await start('runs', mode)
    expect(isAlive(pid)).toBe(true)
    program.kill('SIGKILL')
    expect(await program.ended).toMatchObject({ code: 'SIGKILL' })
    await until(() => !isAlive(pid), 'the process of the service has ended')
  })

  it('leaves no process behind that blocks its event loop', async () => {
    const { program, pid } = await start('blocks', mode)
    await program.printed(/blocking false/)
    program.kill('SIGKILL')
    await program.ended
    await until(() => !isAlive(pid), 'the process of the service has ended')
  })
})

describe.each(['main-event-loop-async', 'separate-thread', 'separate-process'])(
  'a program with a service in mode %s',
  (mode) => {
    it.skipIf(process.platform === 'win32')('stops it at SIGTERM, and exits with 143', async () => {
      const { program, pid } = await start('runs', mode)
      program.kill('SIGTERM')
      const { code, stdout, stderr } = await program.ended
      expect({ code, stderr }).toEqual({ code: 143, stderr: '' })
      expect(stdout).toContain('service stopped')
      await until(() => !isAlive(pid), 'the process of the service has ended')
    })

    it('ends by itself when its host has stopped', async () => {
      const { program } = await start('stops', mode)
      const { code, stdout, stderr } = await program.ended
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/service stopped\nstopped\n$/)
    })
  },
)
