import { hasRedisFor } from '@eventlane/local-redis'
import { describe, expect, it } from 'vitest'
import { runProgram, SHORTEST, shortestReport } from './program.js'

describe.skipIf(!hasRedisFor('the benchmark remote'))('remote', () => {
  it('sends jobs through Redis with and without eventlane, and gives every declared ratio', async () => {
    const { rows, ratios } = await shortestReport('remote')
    expect(Object.keys(ratios)).toEqual(['cpuVsBullMQ', 'redisCpuVsBullMQ', 'rateVsBullMQ'])
    for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0)
    expect(rows.map(({ subject, metric }: any) => `${subject}: ${metric}`)).toEqual(
      ['eventlane', 'bullmq'].flatMap((subject) => [
        `${subject}: jobs CPU per job (ns)`,
        `${subject}: jobs Redis' CPU per job (ns)`,
        `${subject}: jobs rate (jobs/s)`,
      ]),
    )
  })
})

describe('remote without a Redis', () => {
  it('says what it needs, and fails', async () => {
    const { code, stdout, stderr } = await runProgram(['remote', ...SHORTEST], { PATH: '/nowhere' })
    expect(stderr).toMatch(/^Cannot run remote: it needs a Redis server\. Install a Redis: `apt-get/m)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })
})
