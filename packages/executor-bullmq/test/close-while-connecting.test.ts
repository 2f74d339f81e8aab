import { setTimeout as sleep } from 'node:timers/promises'
import { EventEmitter, EventLinker } from '@eventlane/core'
import { BullMQExecutor } from '@eventlane/executor-bullmq'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { ownRedis, type OwnRedis } from './support/own-redis.js'
import { RedisProxy } from './support/redis-proxy.js'
import { setStage } from './support/stage.js'

/** So many are closed in each round, one after the other, */
const CLOSED = 8
/** so far apart, in milliseconds; a lost connection is made again within some fifty. */
const APART_MS = 6
/** When the first one is closed, in milliseconds after Redis was killed; and that it is started again, in each round. */
const ROUNDS = [
  { closedMs: 0, startedMs: 0 },
  { closedMs: 30, startedMs: 20 },
  { closedMs: 60, startedMs: 0 },
]
/** A close that waits for Redis, or for its time to be over, takes longer. */
const TIMEOUT_MS = 60_000

/** Rejections of this test that nobody takes. */
function unhandledRejections(): unknown[] {
  const rejections: unknown[] = []
  const hear = (reason: unknown): number => rejections.push(reason)
  process.on('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  return rejections
}

/** Kills Redis, starts it again, and meanwhile closes one after the other. */
async function closeWhile(
  { server }: OwnRedis,
  round: (typeof ROUNDS)[number],
  closes: readonly (() => Promise<unknown>)[],
): Promise<void> {
  await server.kill()
  const restarted = sleep(round.startedMs).then(() => server.restart())
  await Promise.all([
    restarted,
    ...closes.map(async (close, index) => {
      await sleep(round.closedMs + index * APART_MS)
      await close()
    }),
  ])
}

const times = <Value>(make: () => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: CLOSED }, make))

describeWithServer('at any time while the connection is made again', (program) => {
  test('a worker can be closed, and leaves no rejection behind', { timeout: TIMEOUT_MS }, async () => {
    const redis = await ownRedis(program)
    const rejections = unhandledRejections()
    const { work } = setStage(redis)
    for (const round of ROUNDS) {
      const workers = await times(() => work({ shutdownTimeoutMs: TIMEOUT_MS, onError: () => undefined }))
      await closeWhile(
        redis,
        round,
        workers.map((worker) => () => worker.shutdown()),
      )
    }
    await sleep(0)
    expect(rejections).toEqual([])
  })

  for (const command of ['subscribe', 'bzpopmin'])
    test(
      `a worker can be closed that waits for the answer to ${command}`,
      { timeout: TIMEOUT_MS },
      async () => {
        const redis = await ownRedis(program)
        const rejections = unhandledRejections()
        const proxy = await new RedisProxy(redis.connection).start()
        const { work } = setStage({ ...redis, connection: proxy.connection })
        const worker = await work({ shutdownTimeoutMs: TIMEOUT_MS, onError: () => undefined })
        const kept = proxy.keeping(command)
        proxy.cut()
        await kept
        await worker.shutdown()
        await sleep(0)
        expect(rejections).toEqual([])
      },
    )

  test(
    'a worker that starts does so, or fails, and leaves nothing behind',
    { timeout: TIMEOUT_MS },
    async () => {
      const redis = await ownRedis(program)
      const rejections = unhandledRejections()
      const { work } = setStage(redis)
      for (const round of ROUNDS)
        await closeWhile(
          redis,
          round,
          Array.from({ length: CLOSED }, () => async () => {
            const worker = await work({ shutdownTimeoutMs: TIMEOUT_MS, onError: () => undefined }).catch(
              () => undefined,
            )
            await worker?.shutdown()
          }),
        )
      await sleep(0)
      expect(rejections).toEqual([])
    },
  )

  for (const results of ['hand-over', 'await'] as const)
    test(
      `an emitter can be shut down, and leaves no rejection behind: ${results}`,
      { timeout: TIMEOUT_MS },
      async () => {
        const redis = await ownRedis(program)
        const rejections = unhandledRejections()
        const { linker, job } = setStage(redis)
        linker.on(Work, notes)
        const { connection } = redis
        for (const round of ROUNDS) {
          const emitters = await times(async () => {
            const executor = new BullMQExecutor({ connection, prefix: redis.prefix(), results })
            const events = new EventEmitter({ linker, executor })
            await events.ready()
            return events
          })
          await closeWhile(
            redis,
            round,
            emitters.map((events) => async () => {
              const emission = events.emit(Work, job('a'))
              await events.shutdown({ cancelPending: true, timeoutMs: 1 })
              expect((await emission.settled).total).toBe(1)
            }),
          )
        }
        await sleep(0)
        expect(rejections).toEqual([])
      },
    )
})

describe('where Redis has never been there', () => {
  for (const results of ['hand-over', 'await'] as const)
    test(`an emitter can be shut down while it connects: ${results}`, { timeout: TIMEOUT_MS }, async () => {
      const rejections = unhandledRejections()
      const executor = new BullMQExecutor({
        connection: '/nowhere/redis.sock',
        results,
        enqueueTimeoutMs: 2 ** 30,
      })
      const linker = new EventLinker()
      linker.on(Work, notes)
      const events = new EventEmitter({ linker, executor })
      const ready = events.ready()
      const emission = events.emit(Work, { witness: '' })
      await events.shutdown({ cancelPending: true, timeoutMs: 1 })
      await expect(ready).rejects.toThrow()
      expect((await emission.settled).outcomes).toMatchObject([{ status: 'cancelled' }])
      await sleep(0)
      expect(rejections).toEqual([])
    })
})
