// An emitter of one copy of the package, with an executor that was made with another.
import * as first from '@eventlane/core'
import { secondCopy } from './second-copy.mjs'

const second = await secondCopy()

class Executor {
  mode = 'main-event-loop-async'
  capabilities = { isolated: false, portable: true, killsRunning: false, order: true, backpressure: true }
  #runner = new second.LocalRunner(this.mode, 2, { maxQueue: 10 })
  submit = (tasks, emittedBy) => this.#runner.submit(tasks, emittedBy)
  resubmit = (task) => this.#runner.resubmit(task)
  cancel = (task, reason) => this.#runner.cancel(task, reason)
  shutdown = () => this.#runner.idle()
}

const Tick = second.defineEvent('tick')
const linker = new second.EventLinker()
const events = new first.EventEmitter({ executor: new Executor(), linker })
const attempts = []
let deadlock
let failure

linker.on(
  Tick,
  (_, { attempt }) => {
    attempts.push(attempt)
    if (attempt === 1) throw new Error('again')
  },
  { local: true, retry: { attempts: 2, delayMs: 0 }, order: 'serial' },
)
linker.on(
  Tick,
  async () => {
    deadlock = await events.drain().catch(({ code }) => code)
  },
  { local: true },
)
linker.on(
  Tick,
  () => {
    throw new second.InvalidEventError('broken', 'mend it')
  },
  { local: true, onFailure: (error) => (failure = error instanceof first.EventlaneError) },
)
events.emit(Tick)
const counts = await events.drain()
console.log(JSON.stringify({ counts, attempts, deadlock, failure }))
