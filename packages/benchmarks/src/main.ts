import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { readArguments, type Request } from './arguments.js'
import { NotRunnableError } from './benchmark.js'
import { benchmarks } from './benchmarks.js'
import { currentEnvironment } from './environment.js'
import { jsonReport } from './json-report.js'
import { publish, type Destination } from './publication.js'
import type { Report } from './report.js'
import { textReport } from './text-report.js'

const destination: Destination = {
  folder: fileURLToPath(new URL('../../../docs', import.meta.url)),
  order: benchmarks.map(({ name }) => name),
}

const request = readArguments(process.argv.slice(2))
if (typeof request === 'number') process.exitCode = request
else await main(request)

/** Results go to stdout, news of the run to stderr. */
async function main({ chosen, isAll, settings, json, write }: Request): Promise<void> {
  const reports: Report[] = []
  for (const benchmark of chosen) {
    console.error(`Running ${benchmark.name}, ${settings.rounds} rounds...`)
    const begun = performance.now()
    let report: Report
    try {
      report = { benchmark, ...(await benchmark.run(settings)) }
    } catch (error) {
      if (!(error instanceof NotRunnableError)) throw error
      console.error(`Cannot run ${benchmark.name}: ${error.message}`)
      if (!isAll) process.exitCode = 1
      continue
    }
    console.error(`Ran ${benchmark.name} in ${((performance.now() - begun) / 1000).toFixed(1)} s.`)
    reports.push(report)
    if (!json) console.log(`\n${textReport(report)}\n`)
  }
  if (reports.length === 0) return
  if (json) {
    const all = reports.map(jsonReport)
    console.log(JSON.stringify(isAll ? all : all[0], undefined, 2))
  }
  if (write) console.error(`Wrote ${await publish(reports, currentEnvironment(), destination)}`)
}
