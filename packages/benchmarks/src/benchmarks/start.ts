import type { Benchmark } from '../benchmark.js'
import { playRounds } from '../rounds.js'
import { FIRST_HANDLER, startContender } from '../start/programs.js'

const KINDS = [
  { table: 'threads', eventlane: 'eventlane-thread', bare: 'bare-thread', name: 'new Worker' },
  { table: 'processes', eventlane: 'eventlane-process', bare: 'bare-process', name: 'fork' },
] as const

/** How soon a program that has just been started has its first handler done. */
export const start: Benchmark = {
  name: 'start',
  title: 'From the start of a program to its first handler done',
  tables: [
    { name: 'threads', title: 'In a worker thread' },
    { name: 'processes', title: 'In a child process' },
  ],
  notes: [
    'Each sample is a program of its own, from its start until it prints what the handler returned. `new Worker` and `fork` stand for a program that does nothing but start one worker, which imports the same handler module and calls the handler once.',
  ],
  peers: [],
  run: async (settings) => {
    const contests = KINDS.map(({ table, eventlane, bare, name }) => ({
      table,
      contenders: [startContender('eventlane', eventlane), startContender(name, bare)],
    }))
    const measurements = await playRounds(contests, settings)
    return {
      measurements,
      ratios: KINDS.map(({ table, name }) =>
        measurements.ratio(table === 'threads' ? 'threadVsWorker' : 'processVsFork', {
          table,
          metric: FIRST_HANDLER.name,
          of: 'eventlane',
          by: name,
          target: { kind: 'at most', limit: 1.3 },
        }),
      ),
    }
  },
}
