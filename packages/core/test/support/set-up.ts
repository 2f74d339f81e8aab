import { EventEmitter, EventLinker, type EmitterOptions } from '@eventlane/core'
import { LoopExecutor } from './loop-executor.js'

/** An emitter on the executor of these tests, and its linker. */
export function setUp(options: Partial<EmitterOptions> = {}) {
  const linker = new EventLinker()
  const events = new EventEmitter({ executor: new LoopExecutor(), linker, ...options })
  return { linker, events }
}
