import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNode, startNode } from '@eventlane/local-programs'
import { describe, expect, it, onTestFinished } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eventlane-monitor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'first.txt'), 'x'.repeat(2048))
  return folder
}

describe('the command line', () => {
  it.each([
    ['a missing folder', ['/no/such/folder'], /\/no\/such\/folder is not a folder/],
    ['an unknown option', ['--turbo'], /unknown option '--turbo'/],
    ['no time at all', ['--seconds', '0'], /number above 0/],
  ])('says in one line what is wrong with %s', async (_, args, message) => {
    const { stdout, stderr, code } = await runNode([main, ...args])
    expect(stderr.trim()).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})

describe('the monitor, in a pipe', () => {
  it('tells in plain lines what happens in the folder and to its services', async () => {
    const folder = makeFolder()
    const program = startNode([main, folder, '--every-ms', '50'])
    await program.printed(/1 files, 2 KB; 1 appeared/)
    writeFileSync(join(folder, 'second.txt'), 'y')
    await program.printed(/2 files, 2 KB; 2 appeared/)
    writeFileSync(join(folder, 'second.txt'), 'longer')
    await program.printed(/2 appeared, 1 changed/)
    rmSync(join(folder, 'second.txt'))
    await program.printed(/1 files, 2 KB; 2 appeared, 1 changed, 1 vanished/)
    await program.printed(/% busy \(3 samples\)/)
    program.kill('SIGINT')
    const { stdout, stderr } = await program.ended
    expect(stderr).toBe('')
    expect(stdout).not.toContain('\u001B')
  })

  it('ends by itself when its time is over, its services in the opposite order of their start', async () => {
    const { code, stdout, stderr } = await runNode([
      main,
      makeFolder(),
      '--seconds',
      '0.1',
      '--every-ms',
      '50',
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('1 files, 2 KB; 1 appeared')
    const stopped = stdout.match(/[\w-]+(?= is stopped)/g)
    expect(stopped).toEqual(['cpu-sampler', 'file-watcher', 'aggregator'])
  })

  it.skipIf(process.platform === 'win32')('goes on when the process of a service is killed', async () => {
    const program = startNode([main, makeFolder(), '--every-ms', '50', '--kill', '0.2'])
    await program.printed(/cpu-sampler is down \(start 1\): was killed by SIGKILL/)
    await program.printed(/cpu-sampler is ready \(start 2\)/)
    program.kill('SIGINT')
    const { code, stdout, stderr } = await program.ended
    expect(stderr).toBe('')
    expect(stdout).toContain('aggregator is stopped')
    expect(code).toBe(130)
  })
})
