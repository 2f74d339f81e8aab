import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeFiles, makeFolder, makeLongWork, makeSmallTree } from './fixture.js'
import { interruptProgram, runForJson, runProgram } from './program.js'

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

describe('the command line', () => {
  it.each([
    ['a missing folder', ['/no/such/folder'], /cannot read the folder .*: ENOENT/],
    ['a file in place of a folder', [process.execPath], /cannot read the folder .*: ENOTDIR/],
    ['an unknown option', ['--turbo'], /unknown option '--turbo'/],
    ['an unknown executor', ['--executor', 'cloud'], /inline, thread, process/],
    ['no workers', ['--workers', '0'], /whole number above 0/],
    ['a limit that is no number', ['--limit', 'ten'], /whole number above 0/],
    ['two folders', ['.', '..'], /too many arguments/],
    ['one executor and all of them', ['--executor', 'inline', '--compare'], /cannot be used with/],
  ])('says in one line what is wrong with %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runProgram(args)
    expect(lines(stderr)).toEqual([expect.stringMatching(message)])
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('helps', async () => {
    const { code, stdout } = await runProgram(['--help'])
    expect(stdout).toContain('--compare')
    expect(code).toBe(0)
  })
})

describe.each(['inline', 'thread', 'process'])('an audit by %s', (executor) => {
  const audit = (folder: string) => runForJson([folder, '--executor', executor, '--workers', '2'])

  it('finds files, bytes, lines and duplicates', async () => {
    const report = await audit(makeSmallTree())
    expect(report).toMatchObject({
      executor,
      interrupted: false,
      found: 6,
      files: 6,
      bytes: 3 * 7700 + 25 + 5,
      textFiles: 5,
      lines: 3 * 100 + 1,
      wastedBytes: 2 * 7700,
      duplicates: [{ bytes: 7700, paths: ['a/LICENSE', 'b/LICENSE', 'b/c/LICENSE'] }],
      types: [{ language: 'No extension', files: 3 }],
      failures: [],
    })
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'counts what it may not read',
    async () => {
      const folder = makeFiles({ 'open.txt': 'read me', 'closed.txt': 'do not' })
      mkdirSync(join(folder, 'closed'))
      chmodSync(join(folder, 'closed.txt'), 0)
      chmodSync(join(folder, 'closed'), 0)
      const { files, failures } = await audit(folder)
      expect(files).toBe(1)
      expect(failures).toEqual([
        { path: 'closed', reason: 'EACCES: permission denied' },
        { path: 'closed.txt', reason: 'EACCES: permission denied' },
      ])
    },
  )

  // On Windows no process can send another one Ctrl-C.
  it.skipIf(process.platform === 'win32')('ends at Ctrl-C with what was done', async () => {
    const folder = makeLongWork(2000)
    const args = [folder, '--executor', executor, '--workers', '2']
    const { code, stdout } = await interruptProgram(args, / of 2,000 files/)
    const done = /Interrupted: ([\d,]+) of 2,000 files done/.exec(stdout)?.[1]
    expect(done).toBeDefined()
    expect(stdout).toContain(`files       ${done}:`)
    expect(stdout).toContain('failures    0')
    expect(code).toBe(130)
  })
})

describe('a report in a pipe', () => {
  it('is plain text', async () => {
    const { stdout, stderr } = await runProgram([makeSmallTree()])
    expect(stdout).toContain('duplicates  1 group of 3 files')
    expect(stdout).toContain('brotliCompressSync, quality 5: CPU-bound on purpose')
    expect(lines(stderr)).toEqual([expect.stringMatching(/^thread: 6 files in [\d.]+ s$/)])
    expect(stdout + stderr).not.toContain('\u001B')
  })

  it('says that a folder is empty', async () => {
    const { code, stdout } = await runProgram([makeFolder()])
    expect(stdout).toContain('files       0')
    expect(code).toBe(0)
  })

  it('takes a sample on request, the same each time', async () => {
    const folder = makeSmallTree()
    const sample = () => runForJson([folder, '--limit', '3', '--executor', 'inline'])
    const [one, other] = [await sample(), await sample()]
    expect(one).toMatchObject({ found: 6, files: 3 })
    expect(other.sha256).toBe(one.sha256)
  })
})

describe('a comparison', () => {
  it('gives the same results under every executor', async () => {
    const report = await runForJson([makeSmallTree(), '--compare', '--rounds', '2', '--workers', '2'])
    const { sha256 } = report.executors.inline
    const figures = {
      files: 6,
      bytes: 23_130,
      sha256,
      seconds: expect.any(Number),
      loopDelayP99Ms: expect.any(Number),
    }
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(report).toMatchObject({ identical: true, interrupted: false, failures: [] })
    expect(report.executors).toEqual({ inline: figures, thread: figures, process: figures })
    expect(report.rivals).toEqual({ 'inline + async zlib': figures })
  })

  it('shows all rows in one table, and its rounds begin with another one each', async () => {
    const { stdout, stderr } = await runProgram([makeSmallTree(), '--compare', '--rounds', '2'])
    const rows = lines(stdout).flatMap(
      (line) => /^│ (inline|thread|process|inline \+ async zlib) +│/.exec(line)?.[1] ?? [],
    )
    expect(rows).toEqual(['inline', 'thread', 'process', 'inline + async zlib'])
    expect(stdout).toContain('identical in all runs')
    expect(lines(stderr).map((line) => line.split(':')[0])).toEqual([
      'round 1 of 2, inline',
      'round 1 of 2, thread',
      'round 1 of 2, process',
      'round 1 of 2, inline + async zlib',
      'round 2 of 2, thread',
      'round 2 of 2, process',
      'round 2 of 2, inline + async zlib',
      'round 2 of 2, inline',
    ])
    expect(stdout + stderr).not.toContain('\u001B')
  })

  it.skipIf(process.platform === 'win32')('ends at Ctrl-C with the runs that are complete', async () => {
    const args = [makeLongWork(60), '--compare', '--rounds', '1000', '--workers', '2']
    const { code, stdout } = await interruptProgram(args, /round 1 of 1000, thread/)
    expect(stdout).toMatch(/^│ inline +│/m)
    expect(stdout).toContain('Interrupted')
    expect(code).toBe(130)
  })
})
