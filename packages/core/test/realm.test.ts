import { isMainRealm } from '@eventlane/core'
import { realmKind } from '@eventlane/core/executor'
import { describe, expect, it } from 'vitest'
import { runProgram } from './support/run-program.js'

describe('the realm', () => {
  it('of a program is the main one', () => {
    expect(isMainRealm).toBe(true)
    expect(realmKind()).toBe('main')
  })

  it('of a worker is not the main one, for modules that are imported after its entry has said so', async () => {
    const { stdout } = await runProgram('worker-realm')
    expect(JSON.parse(stdout)).toEqual({ kind: 'thread', isMainRealm: false })
  })
})

describe('the registry', () => {
  it('is one for two copies of the package: handlers, default linker and codec meet in it', async () => {
    const { stdout, stderr } = await runProgram('two-copies')
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      copies: 2,
      sameDefaultLinker: true,
      addressSeenByOther: 'shared',
      classSeenByOther: true,
      errorSeenByOther: true,
    })
  })
})
