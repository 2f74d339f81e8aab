import { EventEmitter, EventLinker, type EmitterOptions } from '@eventlane/core'
import { LoopExecutor } from './loop-executor.js'

/** An emitter on the executor of these tests, and its linker. */
export function setUp({
  linker = new EventLinker(),
  executor = new LoopExecutor(),
  ...options
}: Partial<EmitterOptions> & { readonly executor?: LoopExecutor } = {}) {
  const events = new EventEmitter({ executor, linker, ...options })
  return { linker, executor, events }
}
