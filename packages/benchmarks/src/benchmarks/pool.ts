import type { Benchmark } from '../benchmark.js'
import type { Metric } from '../metric.js'
import { rawProcessBatches, rawProcesses, rawThreadBatches, rawThreads } from '../pool/channels.js'
import { IN_FLIGHT, latencyContest, latencyMetric, rateContest, rateMetric } from '../pool/contests.js'
import { eventlaneProcesses, eventlaneThreads } from '../pool/eventlane-pools.js'
import {
  piscina,
  poolifierThreads,
  tinypoolAtomics,
  tinypoolProcesses,
  tinypoolThreads,
  workerpoolProcesses,
  workerpoolThreads,
} from '../pool/peer-pools.js'
import { PoolSet } from '../pool/pool-set.js'
import type { PoolSubject } from '../pool/pool.js'
import type { Task } from '../pool/task.js'
import type { Ratio, Target } from '../ratio.js'
import { playRounds } from '../rounds.js'
import { longerSamples } from '../settings.js'
import { atLeast, atMost } from '../targets.js'

const threadPeers = [tinypoolThreads, tinypoolAtomics, piscina, workerpoolThreads, poolifierThreads]
const processPeers = [tinypoolProcesses, workerpoolProcesses]
/** The numbers of workers, and how they are told apart in the tables. */
const WORKERS = [
  [1, ', 1 worker'],
  [2, ', 2 workers'],
] as const

const THREADS = { name: 'threads', title: `Worker threads: no-op tasks, ${IN_FLIGHT} in flight` }
const PROCESSES = { name: 'processes', title: `Child processes: no-op tasks, ${IN_FLIGHT} in flight` }
const THREAD_LATENCY = { name: 'thread-latency', title: 'Worker threads: round trip of one no-op task' }
const PROCESS_LATENCY = { name: 'process-latency', title: 'Child processes: round trip of one no-op task' }

/** What a task costs that does nothing. */
export const pool: Benchmark = {
  name: 'pool',
  title: 'Pools: tasks that do nothing',
  tables: [THREADS, PROCESSES, THREAD_LATENCY, PROCESS_LATENCY],
  notes: [
    'Every task carries an object of about 100 bytes of JSON; the worker returns a number out of it. Counts and the sum of all results are checked.',
    'eventlane is all of it: `emit` to a portable handler, codec, links, books, and the report of each emission awaited and its outcome read. The pools of others run a task: `run`, `exec` or `execute`, awaited.',
    '`postMessage` and `fork` are the limit: the same objects go to a worker that answers with the same numbers, one a message, or 64 in an array, without any protocol. All channels are those of Node.js, with default settings.',
    'tinypool and piscina run with `concurrentTasksPerWorker: 1024`, which is their best here; tinypool with `useAtomics` and without, piscina with `atomics: "async"`. workerpool and poolifier have their defaults. poolifier stays out of the processes: its cluster worker, as an ES module, misses the message that says it may begin, and never does.',
    'Latency is that of tasks one at a time, each sent when the one before has come back, to workers that are awake.',
    'Aims beyond the targets: threads at 60 % of batched `postMessage` and 7 times tinypool, processes at 50 % of batched `fork` and 10 times tinypool.',
  ],
  peers: ['tinypool', 'piscina', 'workerpool', 'poolifier'],
  run: async (settings) => {
    await using pools = new PoolSet<Task>()
    const both = (
      contest: typeof rateContest,
      { name: table }: { readonly name: string },
      subjects: readonly PoolSubject<Task>[],
    ) => WORKERS.map(([workers, suffix]) => contest({ table, subjects, workers, pools, suffix }))
    const measurements = await playRounds(
      [
        both(rateContest, THREADS, [eventlaneThreads, rawThreads, rawThreadBatches, ...threadPeers]),
        both(rateContest, PROCESSES, [eventlaneProcesses, rawProcesses, rawProcessBatches, ...processPeers]),
        both(latencyContest, THREAD_LATENCY, [eventlaneThreads, rawThreads, ...threadPeers]),
        both(latencyContest, PROCESS_LATENCY, [eventlaneProcesses, rawProcesses, ...processPeers]),
      ].flat(),
      longerSamples(settings),
    )
    const ratio = (
      name: string,
      { name: table }: { readonly name: string },
      { name: metric }: Metric,
      by: PoolSubject<Task>,
      target: Target,
    ): Ratio => measurements.ratio(name, { table, metric, of: eventlaneThreads.name, by: by.name, target })
    const [[, one]] = WORKERS
    const [rate, p50, p99] = [rateMetric(one), latencyMetric(50, one), latencyMetric(99, one)]
    return {
      measurements,
      ratios: [
        ratio('threadsVsRawBatches', THREADS, rate, rawThreadBatches, atLeast(0.4)),
        ratio('threadsVsTinypool', THREADS, rate, tinypoolThreads, atLeast(4)),
        ratio('threadsVsTinypoolAtomics', THREADS, rate, tinypoolAtomics, atLeast(4)),
        ratio('processesVsRawBatches', PROCESSES, rate, rawProcessBatches, atLeast(0.3)),
        ratio('processesVsTinypool', PROCESSES, rate, tinypoolProcesses, atLeast(6)),
        ratio('threadLatencyVsRaw', THREAD_LATENCY, p50, rawThreads, atMost(1.5)),
        ratio('threadLatencyP99VsTinypool', THREAD_LATENCY, p99, tinypoolThreads, atMost(1)),
        ratio('threadLatencyP99VsTinypoolAtomics', THREAD_LATENCY, p99, tinypoolAtomics, atMost(1)),
        ratio('processLatencyVsRaw', PROCESS_LATENCY, p50, rawProcesses, atMost(1.4)),
        ratio('processLatencyP99VsTinypool', PROCESS_LATENCY, p99, tinypoolProcesses, atMost(1)),
      ],
    }
  },
}
