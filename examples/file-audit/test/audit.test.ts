import { describe, expect, it } from 'vitest'
import { audit } from '../src/audit.js'
import { contenders, rival } from '../src/contenders.js'
import { formatFindings } from '../src/findings.js'
import { resultHash } from '../src/result-hash.js'
import { makeFiles } from './fixture.js'

const all = [...Object.values(contenders), rival]

describe.each(all)('an audit by $name', (contender) => {
  const run = (folder: string, files: readonly string[], signal = new AbortController().signal) =>
    audit(contender, { folder, files, workers: 2, idleLoopMs: 0, signal, onFile: () => {} })

  it('reports a file that vanished after the walk, and goes on', async () => {
    const folder = makeFiles({ 'here.js': 'const x = 1\n' })
    const { files, failures } = await run(folder, ['gone.js', 'here.js'])
    expect(files.map(({ path }) => path)).toEqual(['here.js'])
    expect(failures).toEqual([{ path: 'gone.js', reason: 'ENOENT: no such file or directory' }])
    const report = formatFindings({ files }, failures)
    expect(report).toContain('failures    1')
    expect(report).toContain('gone.js: ENOENT: no such file or directory')
  })

  it('returns results sorted by path, whatever the order', async () => {
    const folder = makeFiles({ 'a.ts': 'a', 'b.ts': 'b', 'c.ts': 'c' })
    const forwards = await run(folder, ['a.ts', 'b.ts', 'c.ts'])
    const backwards = await run(folder, ['c.ts', 'b.ts', 'a.ts'])
    expect(backwards.files.map(({ path }) => path)).toEqual(['a.ts', 'b.ts', 'c.ts'])
    expect(resultHash(backwards)).toBe(resultHash(forwards))
  })

  it('emits nothing once it is interrupted', async () => {
    const folder = makeFiles({ 'a.ts': 'a' })
    const { files, failures } = await run(folder, ['a.ts'], AbortSignal.abort())
    expect([...files, ...failures]).toEqual([])
  })
})
