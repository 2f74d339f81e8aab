import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A file in which handlers of other processes say what they do. */
export function setRecord() {
  const directory = mkdtempSync(join(tmpdir(), 'eventlane-command-'))
  const file = join(directory, 'record')
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])
  const said = (what: string): boolean => lines().some((line) => line.startsWith(what))
  return { file, lines, said }
}
