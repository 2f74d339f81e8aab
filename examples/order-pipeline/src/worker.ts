/** A worker process: `node dist/worker.js`, with REDIS_URL, PREFIX and WORKER in its environment. */
import { closeOnSignals } from '@eventlane/core'
import { createWorker } from '@eventlane/executor-bullmq'
import './links.js'
import { ledgerOfWorker } from './ledger.js'

const { REDIS_URL = '', PREFIX = '' } = process.env

const worker = await createWorker({
  connection: REDIS_URL,
  prefix: PREFIX,
  modules: [new URL('./handlers.js', import.meta.url)],
  // These handlers wait for others. What computes belongs into `thread`, the default.
  executor: 'inline',
  concurrency: 3,
  // Short, so that you need not wait long for the jobs of a worker that was killed. The defaults are 30 s and 10 s.
  lockMs: 2000,
  stallCheckMs: 1000,
})

const shutdown = async (): Promise<void> => {
  await worker.shutdown()
  await ledgerOfWorker()[Symbol.asyncDispose]()
}
closeOnSignals({ shutdown, terminate: () => worker.terminate() }, ['SIGTERM'])
// The shop is gone. At Ctrl-C a terminal tells the whole group, and the shop decides.
process.on('SIGINT', () => {})
process.once('disconnect', () => process.exit())
process.send?.('ready')
