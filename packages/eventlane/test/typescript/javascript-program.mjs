// A JavaScript program whose handler is TypeScript, named by its address. Arguments: `threads` or `processes`, the pool's
// options as JSON, with the loader's URL as text, and the handler's module.
import {
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  ProcessExecutor,
  ThreadExecutor,
} from 'eventlane'

const [kind, json, module = './handlers.ts'] = process.argv.slice(2)
const { loader, ...options } = JSON.parse(json)
const Executor = kind === 'threads' ? ThreadExecutor : ProcessExecutor
const executor = new Executor({
  workers: 1,
  ...options,
  ...(loader && { loader: loader.startsWith('file:') ? new URL(loader) : loader }),
})

const OrderPlaced = defineEvent('typescript.order-placed')
const score = defineHandler(new URL(module, import.meta.url), function score() {})
const linker = new EventLinker()
linker.on(OrderPlaced, score)

const events = new EventEmitter({ executor, linker })
const outcome = (await events.emit(OrderPlaced, { total: 21n }).settled).of(score)
const { code, message } = outcome.error ?? {}
console.log(JSON.stringify({ status: outcome.status, value: String(outcome.value), code, message }))
await events.shutdown()
