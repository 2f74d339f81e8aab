import { describe, expect, it } from 'vitest'
import type { AuditedFile } from '../src/audit.js'
import { formatFindings } from '../src/findings.js'
import { languageOf } from '../src/language.js'
import { sample } from '../src/sample.js'
import { summarize } from '../src/summary.js'

const file = (path: string, figures: Partial<AuditedFile> = {}): AuditedFile => ({
  path,
  bytes: 10_000,
  sha256: path,
  compressedBytes: 5000,
  kind: 'text',
  language: languageOf(path),
  lines: 1,
  handlersMs: 1,
  ...figures,
})

describe('summarize', () => {
  it('groups files of the same content, the most wasteful first', () => {
    const { duplicates, wastedBytes } = summarize([
      file('a', { sha256: 'x', bytes: 10 }),
      file('b', { sha256: 'x', bytes: 10 }),
      file('c', { sha256: 'y', bytes: 100 }),
      file('d', { sha256: 'y', bytes: 100 }),
      file('e'),
    ])
    expect(duplicates).toEqual([
      { sha256: 'y', bytes: 100, paths: ['c', 'd'], wastedBytes: 100 },
      { sha256: 'x', bytes: 10, paths: ['a', 'b'], wastedBytes: 10 },
    ])
    expect(wastedBytes).toBe(110)
  })

  it('does not call empty files duplicates', () => {
    const empty = { bytes: 0, sha256: 'of nothing' }
    expect(summarize([file('a', empty), file('b', empty)]).duplicates).toEqual([])
  })

  it('ranks types by how well they compress', () => {
    const { types } = summarize([
      file('a.png', { compressedBytes: 10_000 }),
      file('a.js', { compressedBytes: 1000 }),
      file('b.js', { compressedBytes: 3000 }),
      file('tiny.md', { bytes: 10 }),
    ])
    expect(types.map(({ language, ratio }) => [language, ratio])).toEqual([
      ['JavaScript', 0.2],
      ['Image', 1],
    ])
  })
})

describe('formatFindings', () => {
  it('cuts a long list of failures short', () => {
    const failures = Array.from({ length: 12 }, (_, index) => ({ path: `${index}`, reason: 'EIO: broken' }))
    const text = formatFindings({ files: [] }, failures)
    expect(text).toContain('failures    12')
    expect(text).toContain('  9: EIO: broken\n  and 2 more')
  })

  it('shows no type twice', () => {
    const text = formatFindings({ files: [file('a.js'), file('a.css')] }, [])
    expect(text.match(/JavaScript/g)).toHaveLength(1)
    expect(text.match(/CSS/g)).toHaveLength(1)
  })
})

describe('sample', () => {
  it('spreads evenly over the list', () => {
    expect(sample([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4)).toEqual([0, 2, 5, 7])
  })

  it('takes all where there are no more', () => {
    expect(sample([1, 2], 3)).toEqual([1, 2])
    expect(sample([1, 2])).toEqual([1, 2])
  })
})

describe('languageOf', () => {
  it.each([
    ['lib/index.d.mts', 'TypeScript declarations'],
    ['lib/INDEX.JS', 'JavaScript'],
    ['a.tar/LICENSE', 'No extension'],
    ['.npmrc', 'No extension'],
    ['x.flac', '.flac'],
    ['x.constructor', '.constructor'],
  ])('%s: %s', (path, language) => {
    expect(languageOf(path)).toBe(language)
  })
})
