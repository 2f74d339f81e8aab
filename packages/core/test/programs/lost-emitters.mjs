// What becomes of emitters that nobody refers to any more: `node lost-emitters.mjs CASE [kept]`; `kept` where it must not be
// collected while its handlers run. Prints one JSON value.
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defineEvent, EventEmitter, EventLinker } from '@eventlane/core'
import { LoopExecutor } from './loop-executor.mjs'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

const OrderPlaced = defineEvent('order.placed')
const OrderPaid = defineEvent('order.paid')
const Control = defineEvent('control')

const gates = []
const opened = () => new Promise((open) => gates.push(open))
const told = []
const onSuccess = (value) => told.push(value)

const collected = new Set()
const watch = new FinalizationRegistry((label) => collected.add(label))

function setUp(label) {
  const linker = new EventLinker()
  const events = new EventEmitter({ executor: new LoopExecutor(), linker, onSuccess })
  watch.register(events, label)
  return { linker, events }
}

function subject() {
  const { linker, events } = setUp('subject')
  const held = (value) => async () => {
    await opened()
    return value
  }
  linker.on(OrderPlaced, held('placed'), { local: true })
  linker.on(OrderPaid, held('paid'), { local: true })
  return { linker, events }
}

const cases = {
  unobserved() {
    const { events } = subject()
    events.emit(OrderPlaced)
    events.emit(OrderPaid)
    events.emit(OrderPlaced)
  },
  async 'partly settled'() {
    const { linker, events } = subject()
    linker.on(OrderPlaced, () => 'at once', { local: true })
    events.emit(OrderPlaced)
    while (!told.includes('at once')) await setImmediate()
  },
  'emitted by a handler'() {
    const { linker, events } = setUp('subject')
    linker.on(OrderPlaced, (_, { emit }) => void emit(OrderPaid), { local: true })
    linker.on(OrderPaid, () => opened(), { local: true })
    events.emit(OrderPlaced)
  },
  'emission kept'() {
    const { events } = subject()
    globalThis.emission = events.emit(OrderPlaced)
  },
  'never emitted'() {
    subject()
  },
  async settled() {
    const { events } = subject()
    const emission = events.emit(OrderPlaced)
    await setImmediate()
    for (const open of gates.splice(0)) open()
    while (emission.status !== 'settled') await setImmediate()
  },
  cancelled() {
    const { events } = subject()
    events.emit(OrderPlaced).cancel()
  },
  awaited() {
    const { events } = subject()
    events.emit(OrderPlaced).then((report) => told.push(report.fulfilled))
  },
  'settled read'() {
    const { events } = subject()
    void events.emit(OrderPlaced).settled
  },
  'one of several awaited'() {
    const { events } = subject()
    events.emit(OrderPlaced)
    void events.emit(OrderPaid).settled
  },
  'being drained'() {
    const { events } = subject()
    events.emit(OrderPlaced)
    void events.drain()
  },
  'shut down'() {
    const { events } = subject()
    events.emit(OrderPlaced)
    void events.shutdown({ wait: false })
  },
  'drained in vain'() {
    const { events } = subject()
    events.emit(OrderPlaced)
    return events.drain({ timeoutMs: 1 }).catch(() => undefined)
  },
  'known to its handler'() {
    const { linker, events } = setUp('subject')
    linker.on(
      OrderPlaced,
      async () => {
        await opened()
        return events.mode
      },
      { local: true },
    )
    events.emit(OrderPlaced)
  },
  hopeless() {
    const { linker, events } = setUp('subject')
    linker.on(
      OrderPlaced,
      async () => {
        await new Promise(() => undefined)
        return events.mode
      },
      { local: true },
    )
    events.emit(OrderPlaced)
  },
}

/** An emitter whose loss is certain to be a warning; that it has come says that all others have. */
function loseControl() {
  const { linker, events } = setUp('control')
  linker.on(Control, () => opened(), { local: true })
  events.emit(Control)
}

async function until(condition) {
  while (!condition()) {
    collectGarbage()
    await setImmediate()
  }
}

const warnings = []
let isControlLost = false
process.on('warning', ({ name, code, message }) => {
  if (message.includes('"control"')) isControlLost = true
  else warnings.push({ name, code, message })
})

const [, , name, isKept] = process.argv
await cases[name]()
await until(() => isKept || collected.has('subject'))
loseControl()
await until(() => isControlLost)
await setImmediate()
const isCollected = collected.has('subject')
for (const open of gates.splice(0)) open()
await setImmediate()
if (isKept) await until(() => collected.has('subject'))
console.log(JSON.stringify({ isCollected, warnings, told: told.filter((value) => value !== undefined) }))
// Handlers that never end keep the program alive; all others let it end.
if (name === 'hopeless') process.exit()
