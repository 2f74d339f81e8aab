import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { findProgram, runNode, startNode } from '@eventlane/local-programs'
import { describe, expect, it, onTestFinished } from 'vitest'

const FOR_EVER = 'setInterval(() => {}, 1000)'

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eventlane-programs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function makeProgram(folder: string, name: string, mode = 0o755): string {
  const file = join(folder, name)
  writeFileSync(file, '', { mode })
  return file
}

describe('a program that is run to its end', () => {
  it('gives all that it printed, and its exit code', async () => {
    const code = "console.log('much'.repeat(50_000)); console.error('wrong'); process.exitCode = 3"
    const end = await runNode(['-e', code])
    expect(end).toEqual({ code: 3, stdout: `${'much'.repeat(50_000)}\n`, stderr: 'wrong\n' })
  })

  it('runs where it is told to, with the environment that it is given', async () => {
    const cwd = makeFolder()
    const env = { ...process.env, EVENTLANE_WORD: 'lamp' }
    const code = 'console.log(process.cwd().endsWith(process.argv[1]), process.env.EVENTLANE_WORD)'
    const { stdout } = await runNode(['-e', code, cwd], { cwd, env })
    expect(stdout).toBe('true lamp\n')
  })
})

describe('a program that is started', () => {
  it('is waited for until it has printed something, on either stream, before or after', async () => {
    const code = `
      console.log('one at 4711')
      process.once('SIGTERM', () => process.exit(0))
      setTimeout(() => console.error('two at 4712'))
      ${FOR_EVER}`
    const program = startNode(['-e', code])
    expect((await program.printed(/two at (\d+)/, 'stderr'))[1]).toBe('4712')
    expect((await program.printed(/one at (\d+)/))[1]).toBe('4711')
    expect([program.stdout, program.stderr]).toEqual(['one at 4711\n', 'two at 4712\n'])
    program.kill('SIGTERM')
    await program.ended
  })

  it('is not waited for when it has ended: that says what it printed instead', async () => {
    const program = startNode(['-e', "console.log('one'); console.error('oh')"])
    await expect(program.printed(/two/)).rejects.toThrow('without printing /two/:\none\noh\n')
    await expect(program.printed(/three/)).rejects.toThrow('without printing /three/')
  })

  it.skipIf(process.platform === 'win32')('ends with the signal that it is sent', async () => {
    const program = startNode(['-e', `console.log('ready'); ${FOR_EVER}`])
    await program.printed(/ready/)
    program.kill('SIGTERM')
    expect(await program.ended).toMatchObject({ code: 'SIGTERM', stderr: '' })
  })

  describe('and left behind by its test', () => {
    let left: ReturnType<typeof startNode>

    it('runs on there,', () => {
      left = startNode(['-e', FOR_EVER])
    })

    it.skipIf(process.platform === 'win32')('and has been killed afterwards', async () => {
      expect(await left.ended).toMatchObject({ code: 'SIGKILL' })
    })
  })
})

describe('findProgram', () => {
  it('prefers the first name to the first folder', () => {
    const [one, two] = [makeFolder(), makeFolder()]
    makeProgram(one, 'second')
    const first = makeProgram(two, 'first')
    expect(findProgram(['first', 'second'], one + delimiter + two)).toBe(first)
  })

  it('takes nothing that cannot be executed, nor anything of the current folder', () => {
    const folder = makeFolder()
    makeProgram(folder, 'text', 0o644)
    expect(findProgram(['text', 'package.json'], folder)).toBeUndefined()
    expect(findProgram(['text'], '')).toBeUndefined()
  })
})
