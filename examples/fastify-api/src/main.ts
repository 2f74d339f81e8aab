import { once } from 'node:events'
import { InlineExecutor, ThreadExecutor } from 'eventlane'
import { readArguments, type Settings } from './arguments.js'
import { createServer } from './server.js'

const settings = readArguments(process.argv.slice(2))
if (typeof settings === 'number') process.exitCode = settings
else if (settings.compare) await runComparison(settings)
else await serve(settings)

/** Serves until it is told to end; what has been asked for by then is still answered. */
async function serve({ executor: name, workers, maxQueue, port }: Settings): Promise<void> {
  const executor =
    name === 'inline' ? new InlineExecutor({ maxQueue }) : new ThreadExecutor({ workers, maxQueue })
  await using app = createServer(executor)
  console.log(`listening on ${await app.listen({ host: '127.0.0.1', port })}`)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
}

async function runComparison({ seconds, json }: Settings): Promise<void> {
  // A server has no use for what measures it.
  const { compare } = await import('./comparison.js')
  const { comparisonAsJson, formatComparison } = await import('./comparison-report.js')
  const comparison = await compare(seconds)
  console.log(json ? comparisonAsJson(comparison) : formatComparison(comparison))
  process.exitCode = comparison.identical ? 0 : 1
}
