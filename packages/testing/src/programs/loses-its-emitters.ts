import { setImmediate } from 'node:timers/promises'
import { EventEmitter, EventLinker, type Emission, type Executor } from '@eventlane/core'
import { holds, Work } from '../handlers.js'
import { loadExecutor, witness } from './load-executor.js'

// Run with --expose-gc. Prints what it learns, one line each.
const collected = new Set<string>()
const watch = new FinalizationRegistry<string>((label) => collected.add(label))
const warnings: Error[] = []

process.on('warning', (warning) => {
  warnings.push(warning)
  console.log(`${'code' in warning ? String(warning.code) : warning.name}: ${warning.message}`)
})

/** Emits from an emitter to which nothing refers when this has returned. */
function emit(executor: Executor, label: string): Emission {
  const linker = new EventLinker()
  linker.on(Work, holds)
  const events = new EventEmitter({
    executor,
    linker,
    onSuccess: (value) => {
      console.log(`told of: ${String(value)}`)
    },
  })
  watch.register(events, label)
  return events.emit(Work, { witness, label, gate: 'held' })
}

void emit(await loadExecutor(), 'awaited').settled
emit(await loadExecutor(), 'lost')
while (collected.size < 2 || warnings.length === 0) {
  globalThis.gc?.()
  await setImmediate()
}
console.log('both collected')
