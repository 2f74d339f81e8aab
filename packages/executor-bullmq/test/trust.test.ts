import { expect, test } from 'vitest'
import { jobOn } from './support/job-on.js'
import { describeWithRedis } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { setStage, type Stage } from './support/stage.js'

const KEY = { id: 'k1', secret: 'a secret of some length' }
const NEXT = { id: 'k2', secret: 'another secret, just as long' }

describeWithRedis('what is written to Redis by others', (redis) => {
  /** Waits until that many jobs have been refused, and shows that the next good one runs. */
  async function refused(
    { events, linker, witness, job, executor }: Stage,
    count: number,
  ): Promise<string[]> {
    linker.on(Work, notes)
    let reasons: string[] = []
    await expect
      .poll(
        async () => {
          reasons = (await executor.deadLetters.list()).map(({ reason }) => reason)
          return reasons.length
        },
        { timeout: 10_000 },
      )
      .toBe(count)
    await events.emit(Work, job('good'))
    await witness.heard('ran')
    expect(witness.labels('ran')).toEqual(['good'])
    return reasons
  }

  for (const handler of [
    '../../evil#x',
    'constructor',
    '__proto__',
    'https://evil.example/x.js#run',
    'node:child_process#exec',
  ])
    test(`the handler ${handler} is looked for nowhere, and given up`, async () => {
      const stage = setStage(redis)
      await stage.work({ parkMs: 50 })
      await jobOn(redis, stage.prefix, { handler, event: Work.name })
      const [reason] = await refused(stage, 1)
      expect(reason).toContain('no worker knew the handler')
    })

  test('a payload whose meta reaches for a prototype is refused', async () => {
    const stage = setStage(redis)
    stage.linker.on(Work, notes)
    await stage.work()
    const { id } = await jobOn(redis, stage.prefix, {
      of: notes,
      event: Work.name,
      body: '{"json":{"a":{}},"meta":{"values":{"__proto__.polluted":["Date"]},"v":1}}',
    })
    await refused(stage, 1)
    expect(id).toBeDefined()
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test('a body that is too large is refused', async () => {
    const stage = setStage(redis)
    await stage.work()
    await jobOn(redis, stage.prefix, {
      of: notes,
      event: Work.name,
      body: `{"json":"${'x'.repeat(10_000_000)}"}`,
    })
    const [reason] = await refused(stage, 1)
    expect(reason).toContain('body')
  })

  test('fields that are unknown, missing or of the wrong type are refused', async () => {
    const stage = setStage(redis)
    await stage.work()
    await jobOn(redis, stage.prefix, { of: notes, event: Work.name, more: { admin: true } })
    await jobOn(redis, stage.prefix, { of: notes, event: Work.name, more: { v: 2 } })
    await jobOn(redis, stage.prefix, { of: notes, event: Work.name, more: { body: undefined } })
    await jobOn(redis, stage.prefix, { of: notes, event: Work.name, more: { timeoutMs: 'soon' } })
    const reasons = await refused(stage, 4)
    expect(reasons.join()).toMatch(/admin/)
  })

  for (const [what, fields] of [
    ['data', { data: '{not json', opts: '{}' }],
    ['options', { data: '{}', opts: 'not json' }],
    ['data that is no object', { data: '"text"', opts: '{}' }],
    ['anything', { data: '\u0000', opts: '[' }],
  ] as const)
    test(`a job hash whose ${what} cannot be read is put aside, and not taken up for ever`, async () => {
      const stage = setStage(redis)
      const worker = await stage.work()
      const key = `${stage.prefix}:main`
      await redis.client.hset(`${key}:bad-1`, { name: 'bad', timestamp: '1', ...fields })
      await redis.client.lpush(`${key}:wait`, 'bad-1')
      await redis.client.zadd(`${key}:marker`, 0, '0')
      await refused(stage, 1)
      expect(worker.stats().refused).toBe(1)
    })

  test('jobs that are not signed, or were changed since, are refused and counted', async () => {
    const stage = setStage(redis, { signingKeys: [KEY] })
    stage.linker.on(Work, notes)
    await stage.events.emit(Work, stage.job('changed')).admitted
    const [id = ''] = await redis.client.lrange(`${stage.prefix}:main:wait`, 0, -1)
    const key = `${stage.prefix}:main:${id}`
    const data = await redis.client.hget(key, 'data')
    await redis.client.hset(key, 'data', (data ?? '').replace('changed', 'tampered'))
    await jobOn(redis, stage.prefix, { of: notes, event: Work.name })
    const worker = await stage.work({ signingKeys: [KEY] })
    const reasons = await refused(stage, 2)
    expect(reasons.join()).toMatch(/signature does not match/)
    expect(reasons.join()).toMatch(/not signed/)
    expect(worker.stats().refused).toBe(2)
  })

  test('a key can be rotated: workers take what was signed with any of theirs', async () => {
    const stage = setStage(redis, { signingKeys: [KEY] })
    const { events, linker, witness, job, work, prefix } = stage
    linker.on(Work, notes)
    await work({ signingKeys: [NEXT, KEY] })
    await events.emit(Work, job('old'))
    const next = setStage({ connection: redis.connection, prefix: () => prefix }, { signingKeys: [NEXT] })
    next.linker.on(Work, notes)
    await next.events.emit(Work, job('new'))
    await witness.heard('ran', 2)
  })
})
