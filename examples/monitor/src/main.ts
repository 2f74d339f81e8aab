import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Host, ServiceChanged } from '@eventlane/service'
import { EventEmitter, EventLinker, InlineExecutor } from 'eventlane'
import { aggregator } from './aggregator.js'
import { readArguments, type Settings } from './arguments.js'
import { cpuSampler } from './cpu-sampler.js'
import { CpuSampled, Summarised } from './events.js'
import { fileWatcher } from './file-watcher.js'
import { createScreen } from './screen.js'

const EXIT_USAGE = 2
/** No timer takes longer. */
const FOREVER_MS = 2 ** 31 - 1

const settings = readArguments(process.argv.slice(2))
process.exitCode = typeof settings === 'number' ? settings : await main(settings)

async function main({ folder, seconds, everyMs, kill }: Settings): Promise<number> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) {
    console.error(`monitor: ${folder} is not a folder`)
    return EXIT_USAGE
  }

  const linker = new EventLinker()
  await using events = new EventEmitter({ executor: new InlineExecutor(), linker })
  await using host = new Host({ events })
  // Added first, the aggregator starts first and stops last, so that it misses nothing.
  host.add(aggregator, { mode: 'main-event-loop-async', config: { everyMs } })
  host.add(fileWatcher, { mode: 'separate-thread', config: { folder, everyMs } })
  host.add(cpuSampler, {
    mode: 'separate-process',
    config: { everyMs },
    restart: { strategy: 'exponential', delayMs: 100 },
  })

  const screen = createScreen(process.stdout)
  const local = { local: true }
  linker.on(Summarised, (summary) => screen.show(summary, host.services), local)
  linker.on(
    ServiceChanged,
    ({ service, to, incarnation, reason }) => {
      const why = reason === undefined ? '' : `: ${reason}`
      screen.note(`${service} is ${to} (start ${incarnation.toString()})${why}`)
    },
    local,
  )

  // Ctrl-C stops the services, then ends the program.
  host.stopOnSignals()
  await host.start()
  const timer = kill === undefined ? undefined : setTimeout(() => void killSampler(linker), kill * 1000)
  await sleep(seconds === undefined ? FOREVER_MS : seconds * 1000)
  clearTimeout(timer)
  return 0
}

/** What an operator, or a system that has run out of memory, does to a process. */
async function killSampler(linker: EventLinker): Promise<void> {
  const { pid } = await linker.next(CpuSampled)
  process.kill(pid, 'SIGKILL')
}
