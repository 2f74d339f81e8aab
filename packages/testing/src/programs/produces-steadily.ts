import { setImmediate } from 'node:timers/promises'
import { defineEvent, defineHandler, EventEmitter, EventLinker, isMainRealm, payload } from '@eventlane/core'
import { emissions, loadExecutor } from './load-executor.js'

interface Line {
  readonly index: number
  readonly text: string
}

const LineRead = defineEvent('line.read', payload<Line>())

/** Takes its time, so that a producer that does not wait would run far ahead. */
export async function measures(line: Line): Promise<number> {
  await setImmediate()
  return line.text.length
}
defineHandler(import.meta.url, measures)

if (isMainRealm) {
  const linker = new EventLinker()
  let sum = 0
  linker.on(LineRead, measures, { onSuccess: (length) => (sum += Number(length)) })
  const executor = await loadExecutor()
  await using events = new EventEmitter({ executor, linker })
  await events.ready()
  const text = 'x'.repeat(200)
  let most = 0
  for (let index = 0; index < emissions; index += 1) {
    await events.emit(LineRead, { index, text }).admitted
    if (index % 100 === 0) most = Math.max(most, executor.stats().queued)
  }
  const { total, fulfilled } = await events.drain()
  console.log(JSON.stringify({ total, fulfilled, sum, most }))
}
