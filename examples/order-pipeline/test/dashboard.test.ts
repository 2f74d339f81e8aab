import { hasRedisFor } from '@eventlane/local-redis'
import { describe, expect, it } from 'vitest'
import { startProgram } from './program.js'

describe.skipIf(!hasRedisFor('the dashboard of the order pipeline'))('the dashboard', () => {
  it('names jobs by event and handler, changes nothing, and stays until Ctrl-C', async () => {
    const program = startProgram(['--orders', '4', '--dashboard'])
    const [, url] = await program.printed(/the dashboard stays at (\S+)/)
    const path = (rest: string) => new URL(rest, url)

    expect(await (await fetch(path('/'))).text()).toContain('<html')
    const completed = path('/api/queues?activeQueue=main&status=completed&page=1&jobsPerPage=100')
    const { queues } = (await (await fetch(completed)).json()) as any
    expect(queues[0]).toMatchObject({ name: 'main', readOnlyMode: true, counts: { completed: 12 } })
    const jobs: { id: string; name: string }[] = queues[0].jobs
    expect(new Set(jobs.map(({ name }) => name))).toEqual(
      new Set(['order.placed → charge', 'order.paid → sendReceipt', 'receipt.sent → ship']),
    )
    for (const change of ['clean/completed', `${jobs[0]!.id}/clean`, 'pause'])
      expect((await fetch(path(`/api/queues/main/${change}`), { method: 'PUT' })).status).toBe(405)

    program.kill('SIGINT')
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' })
  })
})
