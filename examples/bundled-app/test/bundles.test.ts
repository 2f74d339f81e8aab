import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNode } from '@eventlane/local-programs'
import { describe, expect, it, onTestFinished } from 'vitest'

const dist = fileURLToPath(new URL('../dist', import.meta.url))

/** A copy of a build in a folder where no package can be resolved. */
function deploy(build: string): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'eventlane-bundled-app-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  cpSync(join(dist, build), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

const scripts = (build: string) => readdirSync(join(dist, build)).filter((name) => name.endsWith('.js'))

const OUTPUT = `separate-thread
  receipt for o-1: 2 items, 44.50 EUR
  fingerprint of o-1: b35e1b52
separate-process
  receipt for o-1: 2 items, 44.50 EUR
  fingerprint of o-1: b35e1b52
`

describe('the app finds its handlers in threads and processes', () => {
  it.each(['esbuild', 'vite'])('as %s has bundled it, beside the packages that it imports', async (build) => {
    expect(await runNode([join(dist, build, 'main.js')])).toEqual({ code: 0, stdout: OUTPUT, stderr: '' })
  })

  it.each(['esbuild-standalone', 'vite-standalone'])(
    'where there are no packages, as in %s',
    async (build) => {
      expect(await runNode([join(deploy(build), 'main.js')])).toEqual({ code: 0, stdout: OUTPUT, stderr: '' })
    },
  )
})

describe('a bundle beside packages', () => {
  it('is a single file without code splitting, and two with it', () => {
    expect(scripts('esbuild')).toEqual(['main.js'])
    expect(scripts('vite')).toEqual(['main.js', expect.stringMatching(/^print-/)])
  })
})
