// What becomes of failures: `node failures.mjs CASE`. Prints what happened, one JSON value per line.
import { defineEvent, EventEmitter, EventLinker } from '@eventlane/core'
import { LoopExecutor } from './loop-executor.mjs'

const print = (value) => console.log(JSON.stringify(value))
const OrderPlaced = defineEvent('order.placed')
const linker = new EventLinker()

const emitter = (options) => new EventEmitter({ executor: new LoopExecutor(), linker, ...options })

function failing() {
  throw new TypeError('broken')
}

function fine() {
  return 'fine'
}

const thrown = {
  'null-prototype': Object.create(null),
  'hostile-string': {
    toString() {
      throw new Error('no')
    },
  },
  'symbol-message': Object.assign(new Error(), { message: Symbol('message') }),
  undefined,
}

const cases = {
  unobserved() {
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter()
    events.emit(OrderPlaced)
    return events
  },
  'observed-by-then'() {
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter()
    events.emit(OrderPlaced).then(undefined, () => undefined)
    return events
  },
  'observed-by-settled'() {
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter()
    void events.emit(OrderPlaced).settled
    return events
  },
  'observed-by-onFailure'() {
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter({ onFailure: () => undefined })
    events.emit(OrderPlaced)
    return events
  },
  cancelled() {
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter()
    events.emit(OrderPlaced).cancel()
    return events
  },
  thrown() {
    function failing() {
      throw thrown[process.argv[3]]
    }
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter()
    events.emit(OrderPlaced)
    return events
  },
  throw() {
    process.on('uncaughtException', ({ name, message, cause }) =>
      print({ uncaught: name, message, cause: cause.message }),
    )
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter({ onUnhandledFailure: 'throw' })
    events.emit(OrderPlaced)
    return events
  },
  'throw-unhandled'() {
    linker.on(OrderPlaced, failing, { local: true })
    const events = emitter({ onUnhandledFailure: 'throw' })
    events.emit(OrderPlaced)
    return events
  },
  callback() {
    const onSuccess = () => {
      throw new Error('of onSuccess')
    }
    const onFailure = () => {
      throw new Error('of onFailure')
    }
    linker.on(OrderPlaced, fine, { local: true, onSuccess })
    linker.on(OrderPlaced, failing, { local: true, onFailure })
    const events = emitter()
    events.emit(OrderPlaced)
    return events
  },
  'async-callback'() {
    const onSuccess = async () => {
      throw new Error('of onSuccess')
    }
    linker.on(OrderPlaced, fine, { local: true, onSuccess })
    const events = emitter()
    events.emit(OrderPlaced)
    return events
  },
  'context-emit'() {
    linker.on(OrderPlaced, (_, { emit }) => void emit(OrderPlaced), { local: true })
    const events = emitter({ maxDepth: 2 })
    events.emit(OrderPlaced)
    return events
  },
  'one-signal'() {
    const { signal } = new AbortController()
    for (let index = 0; index < 20; index += 1) linker.on(OrderPlaced, () => index, { local: true, signal })
    const events = emitter()
    for (let index = 0; index < 20; index += 1) events.emit(OrderPlaced, undefined, { signal })
    return events
  },
}

process.on('warning', ({ name, code, message, detail }) => print({ name, code, message, detail }))
const events = cases[process.argv[2]]()
await events.drain()
print('drained')
