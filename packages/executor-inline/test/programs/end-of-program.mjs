// Programs that end without shutdown: `node end-of-program.mjs CASE`.
import { defineEvent, EventEmitter, EventLinker, payload } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { setTimeout as sleep } from 'node:timers/promises'

const Job = defineEvent('job', payload())
const linker = new EventLinker()
const events = new EventEmitter({ executor: new InlineExecutor({ concurrency: 1 }), linker })
const on = (handler, options) => linker.on(Job, handler, { local: true, ...options })

const programs = {
  'fire-and-forget'() {
    on((job) => console.log(`a ${job}`))
    on((job) => console.log(`b ${job}`))
    for (const job of [0, 1, 2]) events.emit(Job, job)
  },
  async() {
    on(async (job) => {
      await sleep(1)
      console.log(job)
    })
    for (const job of [0, 1, 2]) events.emit(Job, job)
  },
  chain() {
    on(async (job, { emit }) => {
      await sleep(1)
      console.log(job)
      if (job > 0) await emit(Job, job - 1)
    })
    events.emit(Job, 3)
  },
  unref() {
    on(async () => {
      await sleep(20, undefined, { ref: false })
      console.log('done')
    })
    events.emit(Job, 0)
  },
  idle() {
    on(() => console.log('never'))
  },
  async 'timeout-to-spare'() {
    on(() => Promise.resolve(), { timeoutMs: 2_000_000_000 })
    await events.emit(Job, 0)
    console.log('done')
  },
  async cancelled() {
    on(() => new Promise(() => undefined), { timeoutMs: 2_000_000_000 })
    const emission = events.emit(Job, 0)
    await Promise.resolve()
    emission.cancel()
    const { cancelled } = await emission.settled
    console.log(`cancelled ${cancelled}`)
  },
  async scope() {
    on(async () => {
      await sleep(1)
      console.log('handled')
    })
    // What `await using` is lowered to.
    try {
      events.emit(Job, 0)
    } finally {
      await events[Symbol.asyncDispose]()
    }
    console.log('left')
  },
  async awaited() {
    on(() => 1)
    const { fulfilled } = await events.emit(Job, 0)
    console.log(`fulfilled ${fulfilled}`)
  },
}

await programs[process.argv[2]]()
