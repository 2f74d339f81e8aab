import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { largestFirst } from '../src/largest-first.js'
import { walk } from '../src/walk.js'
import { makeFiles, makeFolder, makeSmallTree } from './fixture.js'

const never = new AbortController().signal

describe('walk', () => {
  it('lists regular files, sorted, and follows no links', async () => {
    expect(await walk(makeSmallTree(), never)).toEqual({
      files: ['a/LICENSE', 'b/LICENSE', 'b/c/LICENSE', 'b/data.bin', 'b/index.ts', 'empty.txt'],
      failures: [],
    })
  })

  it('fails where the folder itself is missing', async () => {
    const folder = makeFolder()
    rmSync(folder, { recursive: true })
    await expect(walk(folder, never)).rejects.toThrow('ENOENT')
  })

  it('stops when it is interrupted', async () => {
    expect(await walk(makeSmallTree(), AbortSignal.abort())).toEqual({ files: [], failures: [] })
  })
})

describe('largestFirst', () => {
  it('puts large files before small ones, and missing ones last', async () => {
    const folder = makeFiles({ small: 'x', large: 'xxx', middle: 'xx' })
    expect(await largestFirst(folder, ['gone', 'small', 'large', 'middle'])).toEqual([
      'large',
      'middle',
      'small',
      'gone',
    ])
  })
})
