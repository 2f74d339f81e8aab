import type { Benchmark } from '../benchmark.js'
import { playRounds } from '../rounds.js'
import { QUICK } from '../settings.js'
import { atMost } from '../targets.js'
import { CHECK_TIME, CompiledProject, TOTAL_TIME } from '../types/compiled-project.js'
import type { ProjectSize } from '../types/generated-project.js'

const TABLE = 'projects'
const SIZE: ProjectSize = { events: 500, links: 2000 }
const SMALL_SIZE: ProjectSize = { events: 20, links: 80 }

/** What the types cost the compiler, and so an editor. */
export const types: Benchmark = {
  name: 'types',
  title: 'Checking a project with many events and links',
  tables: [{ name: TABLE, title: '500 events, 2,000 links' }],
  notes: [
    'Each sample is a run of `tsc --noEmit` in a fresh process over a generated project; the figures are those that `--extendedDiagnostics` prints. Four of five events are definitions, the others names of an event map; every handler has its types inferred. With plain functions, each event is a function of its own that takes a handler, `onOrderPlaced((order) => …)`, with the same payload types and the same handlers.',
  ],
  peers: ['typescript'],
  run: async (settings) => {
    const size = settings.rounds < QUICK.rounds ? SMALL_SIZE : SIZE
    using eventlane = new CompiledProject('eventlane', size)
    using plain = new CompiledProject('plain functions', size)
    // A sample takes seconds, and each is a process of its own: there is little to warm up.
    const rounds = Math.ceil(settings.rounds / 2)
    const contests = [{ table: TABLE, contenders: [eventlane, plain] }]
    const measurements = await playRounds(contests, { ...settings, rounds, warmUpRounds: 1 })
    const ratio = (name: string, metric: string) =>
      measurements.ratio(name, {
        table: TABLE,
        metric,
        of: eventlane.subject,
        by: plain.subject,
        target: atMost(2),
      })
    return {
      measurements,
      ratios: [
        ratio('checkTimeVsPlainFunctions', CHECK_TIME.name),
        ratio('totalTimeVsPlainFunctions', TOTAL_TIME.name),
      ],
    }
  },
}
