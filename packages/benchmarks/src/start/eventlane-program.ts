import { EventEmitter, EventLinker, type Executor } from '@eventlane/core'
import { double, Started } from './handlers.js'

/** Emits once, and prints the result of the handler. */
export async function runEventlane(executor: Executor): Promise<void> {
  const linker = new EventLinker()
  linker.on(Started, double)
  await using events = new EventEmitter({ executor, linker })
  const outcome = (await events.emit(Started, { value: Number(process.argv[2]) })).of(double)
  if (outcome?.status === 'fulfilled') console.log(outcome.value)
}
