import { appendFileSync, readFileSync } from 'node:fs'
import { defineHandler, isMainRealm } from '@eventlane/core'
import { testify } from '../witness.js'
import type { Job } from '../handlers.js'

export function importedTwice(job: Job): void {
  testify(job, 'ran')
}
defineHandler(import.meta.url, importedTwice)

/** The first worker imports this module without trouble. */
const { EVENTLANE_SECOND_IMPORT: how, EVENTLANE_IMPORTS: file } = process.env
if (!isMainRealm && file !== undefined) {
  appendFileSync(file, '.')
  if (readFileSync(file, 'utf8').length > 1) {
    if (how === 'exit') process.exit(9)
    await new Promise(() => setInterval(() => undefined, 1000))
  }
}
