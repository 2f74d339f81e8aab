// A worker in a process of its own: set up by its argument, asked and told by its parent.
import { createWorker } from '@eventlane/executor-bullmq'

const say = (line) => {
  process.send?.({ line })
}

const worker = await createWorker({
  ...JSON.parse(process.argv[2]),
  log: say,
  onError: ({ message }) => {
    say(`error: ${message}`)
  },
})
process.on('message', () => process.send?.({ stats: worker.stats() }))
process.on('disconnect', () => process.exit())
say('started')
