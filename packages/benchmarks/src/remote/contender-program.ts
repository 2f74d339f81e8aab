import { performance } from 'node:perf_hooks'
import { Redis } from 'ioredis'
import { answerSamples } from '../contender-process.js'
import type { Figure } from '../contest.js'
import { handled } from './handled.js'
import { CPU, RATE, REDIS_CPU } from './metrics.js'
import { orders } from './order.js'
import { subjects, type SubjectName } from './subjects.js'

const [, , subject, connection] = process.argv as [string, string, SubjectName, string]
const NANOSECONDS_PER_MICROSECOND = 1000
const checksum = orders.reduce((total, order) => total + order.total, 0)

const client = new Redis(connection)
const ready = subjects[subject](connection)

answerSamples(() => ({ subject, measure }))

async function measure(sampleMs: number): Promise<readonly Figure[]> {
  const enqueue = await ready
  let jobs = 0
  const redisCpu = await redisCpuNs()
  const cpu = process.cpuUsage()
  const begun = performance.now()
  let elapsedMs: number
  do {
    const done = handled.wave(orders.length)
    await Promise.all(orders.map(enqueue))
    await done
    if (handled.sum !== checksum) throw new Error(`${subject}: the checksum is ${handled.sum}`)
    jobs += orders.length
    elapsedMs = performance.now() - begun
  } while (elapsedMs < sampleMs)
  const { user, system } = process.cpuUsage(cpu)
  return [
    { metric: CPU, value: ((user + system) * NANOSECONDS_PER_MICROSECOND) / jobs },
    { metric: REDIS_CPU, value: ((await redisCpuNs()) - redisCpu) / jobs },
    { metric: RATE, value: (jobs * 1000) / elapsedMs },
  ]
}

async function redisCpuNs(): Promise<number> {
  const info = await client.info('cpu')
  const seconds = (name: string): number => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1])
  return (seconds('used_cpu_user') + seconds('used_cpu_sys')) * 1e9
}
