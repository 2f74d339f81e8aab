import { findLocalRedis, INSTALL_REDIS } from '@eventlane/local-redis'
import { NotRunnableError, type Benchmark } from '../benchmark.js'
import { ContenderProcess } from '../contender-process.js'
import { CPU, RATE, REDIS_CPU } from '../remote/metrics.js'
import { playRounds } from '../rounds.js'
import type { Settings } from '../settings.js'
import { atLeast, atMost } from '../targets.js'

const PROGRAM = new URL('../remote/contender-program.js', import.meta.url)
const TABLE = 'jobs'

/** Jobs through Redis, beside the library that carries them. */
export const remote: Benchmark = {
  name: 'remote',
  title: 'On other machines: jobs through BullMQ and Redis',
  tables: [{ name: TABLE, title: 'Jobs that do nothing, 200 enqueued at once' }],
  notes: [
    'Each has a process of its own, which enqueues jobs and handles them, 50 at once. They share a Redis, started for the benchmark on a unix socket, with an append-only file. CPU per job is that of the process: enqueueing, fetching, handling and completing.',
    'BullMQ is given what the executor gives it: ids of its own, retries with backoff, and a limit to what is kept. Beyond that, eventlane checks and encodes the payload, checks the envelope in the worker, and gives the handler a copy, a context and a signal.',
  ],
  peers: ['bullmq'],
  run: async (settings) => {
    await using redis = await findLocalRedis({ persistent: true }, { PATH: process.env.PATH })
    if (redis === undefined) throw new NotRunnableError(`it needs a Redis server. ${INSTALL_REDIS}`)
    using eventlane = new ContenderProcess('eventlane', PROGRAM, [redis.connection])
    using bullmq = new ContenderProcess('bullmq', PROGRAM, [redis.connection])
    const contenders = [eventlane.contender(undefined), bullmq.contender(undefined)]
    const measurements = await playRounds([{ table: TABLE, contenders }], longSamples(settings))
    const quotient = { table: TABLE, of: 'eventlane', by: 'bullmq' }
    return {
      measurements,
      ratios: [
        measurements.ratio('cpuVsBullMQ', { ...quotient, metric: CPU.name, target: atMost(1.3) }),
        measurements.ratio('redisCpuVsBullMQ', { ...quotient, metric: REDIS_CPU.name, target: atMost(1.3) }),
        measurements.ratio('rateVsBullMQ', { ...quotient, metric: RATE.name, target: atLeast(0.8) }),
      ],
    }
  },
}

/** Long enough for some waves. */
function longSamples({ rounds, warmUpRounds, sampleMs }: Settings): Settings {
  return { rounds: Math.ceil(rounds / 2), warmUpRounds: Math.ceil(warmUpRounds / 2), sampleMs: sampleMs * 20 }
}
