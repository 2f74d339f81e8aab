import { once } from 'node:events'
import { findLocalRedis, INSTALL_REDIS, type LocalRedis } from '@eventlane/local-redis'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { readArguments, type Settings } from './arguments.js'
import { serveDashboard } from './dashboard.js'
import { Ledger } from './ledger.js'
import { runPipeline } from './pipeline.js'
import { formatSummary } from './report.js'
import { summarize } from './summary.js'
import { formatTimeline } from './timeline.js'

const EXIT_INTERRUPTED = 130

/** What was started here ends when this process exits. */
const exit = (): void => process.exit(EXIT_INTERRUPTED)
process.once('SIGINT', exit).once('SIGTERM', exit)

const settings = readArguments(process.argv.slice(2))
process.exitCode = typeof settings === 'number' ? settings : await main(settings)

async function main(settings: Settings): Promise<number> {
  await using redis = await findLocalRedis({ on: 'loopback', persistent: true })
  if (redis === undefined) {
    console.log(`order-pipeline: there is no Redis here. ${INSTALL_REDIS}`)
    return 0
  }
  return await run(redis, settings)
}

async function run({ connection, origin }: LocalRedis, settings: Settings): Promise<number> {
  const prefix = `order-pipeline-${String(process.pid)}`
  const say = settings.json ? () => undefined : teller()
  say('shop', `process ${String(process.pid)}, Redis: ${origin}`)
  await using ledger = new Ledger(connection, prefix, 'shop')
  const client = new Redis(connection, { maxRetriesPerRequest: null })
  const queue = new Queue('main', { connection: client, prefix })
  try {
    const dashboard = settings.dashboard ? await serveDashboard(queue) : undefined
    if (dashboard) say('shop', `dashboard: ${dashboard.url}`)
    const { orders, entries, marks } = await runPipeline({
      ...settings,
      connection,
      prefix,
      ledger,
      queue,
      say,
    })
    const summary = summarize(orders, entries)
    if (settings.json) console.log(JSON.stringify(summary))
    else console.log(`\n${formatTimeline(entries, marks)}\n\n${formatSummary(summary)}`)
    if (dashboard) {
      say('shop', `the dashboard stays at ${dashboard.url} until Ctrl-C`)
      process.off('SIGINT', exit)
      await once(process, 'SIGINT')
      await dashboard[Symbol.asyncDispose]()
    }
    return summary.completedOnce === summary.orders && summary.bookedTwice === 0 ? 0 : 1
  } finally {
    // Not everything in a Redis that somebody else has started is ours.
    await queue.obliterate({ force: true })
    await queue.close()
    await ledger.remove()
    client.disconnect()
  }
}

/** Prints what happens, with the time since the start. */
function teller(): (who: string, what: string) => void {
  const begunAt = performance.now()
  return (who, what) => {
    const seconds = ((performance.now() - begunAt) / 1000).toFixed(1)
    console.log(`${seconds.padStart(5)} s  ${who.padEnd(8)}  ${what}`)
  }
}
