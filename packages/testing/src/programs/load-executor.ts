import type { Executor } from '@eventlane/core'
import type { ProgramSettings } from '../program-settings.js'

// Not from the arguments, which are not those of the program in a worker process that imports it.
const {
  executor,
  options,
  witness: directory,
  emissions: count,
  closeTimeoutMs: limit,
} = JSON.parse(process.env.EVENTLANE_PROGRAM ?? '{}') as ProgramSettings

/** Makes the executor that the program was told to use. */
export async function loadExecutor(): Promise<Executor> {
  const exported = (await import(executor.module)) as Record<string, new (options: unknown) => Executor>
  const Constructor = exported[executor.className]
  if (Constructor === undefined) throw new TypeError(`no ${executor.className} in ${executor.module}`)
  return new Constructor(options)
}

/** The directory of the witness that the program was given. */
export const witness = directory

/** How often the program is to emit. */
export const emissions = count

/** The time, in milliseconds, that the program gives its emitter to close on a signal, where it is told of one. */
export const closeTimeoutMs = limit
