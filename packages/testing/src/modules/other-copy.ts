import type * as core from '@eventlane/core'
import { secondCopy } from '../second-copy.js'
import { testify } from '../witness.js'
import type { Job } from '../handlers.js'

/** The package loaded a second time, as by a bundle beside node_modules. */
const other = (await import(secondCopy(import.meta.resolve('@eventlane/core')))) as typeof core

export const OtherWork = other.defineEvent('conformance.other-work', other.payload<Job>())

export async function emitsOther(job: Job, context: core.HandlerContext): Promise<boolean> {
  testify(job, 'emitting')
  await context.emit(OtherWork, job)
  return other.isMainRealm
}
other.defineHandler(import.meta.url, emitsOther)

export function throwsOther(job: Job): never {
  testify(job, 'throwing')
  throw new other.InvalidOptionError('of the other copy', 'here', 'none')
}
other.defineHandler(import.meta.url, throwsOther)
