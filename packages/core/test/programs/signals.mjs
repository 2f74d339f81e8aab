// Programs that are told to end by a signal: `node signals.mjs CASE`.
import { setImmediate } from 'node:timers/promises'
import { closeOnSignals } from '@eventlane/core'
import { secondCopy } from './second-copy.mjs'

const closable = (shutdown) => ({
  shutdown,
  terminate: async () => console.log('terminated'),
})

const cases = {
  disposed() {
    closeOnSignals(closable(() => Promise.reject(new Error('not asked to'))))[Symbol.dispose]()
    process.kill(process.pid, 'SIGTERM')
  },
  several() {
    closeOnSignals(closable(async () => console.log('quick closed')))
    closeOnSignals(
      closable(async () => {
        await setImmediate()
        console.log('slow closed')
      }),
    )
    process.kill(process.pid, 'SIGTERM')
  },
  async 'two copies'() {
    const copy = await secondCopy()
    closeOnSignals(closable(async () => console.log('quick closed')))
    copy.closeOnSignals(
      closable(async () => {
        await setImmediate()
        console.log('slow closed')
      }),
    )
    process.kill(process.pid, 'SIGTERM')
  },
  twice() {
    const emitter = closable(async () => {
      await setImmediate()
      console.log('closed')
    })
    closeOnSignals(emitter, ['SIGTERM', 'SIGTERM'])
    closeOnSignals(emitter)
    process.kill(process.pid, 'SIGTERM')
  },
  failing() {
    closeOnSignals(closable(() => Promise.reject(new RangeError('no way out'))))
    process.kill(process.pid, 'SIGINT')
  },
}

await cases[process.argv[2]]()
setInterval(() => undefined, 1000)
