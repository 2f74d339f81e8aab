// Program and handlers in one file, in the part of TypeScript that Node.js runs by itself.
import { isMainThread } from 'node:worker_threads'
import {
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  isMainRealm,
  ProcessExecutor,
  ThreadExecutor,
  type HandlerContext,
} from 'eventlane'
import { z } from 'zod'

const OrderPlaced = defineEvent('native.order-placed', z.object({ total: z.bigint() }))

export const score = defineHandler(
  import.meta.url,
  OrderPlaced,
  function score(order: { total: bigint }, { mode }: HandlerContext): string {
    return `${order.total * 2n} in ${mode}, ${isMainThread && isMainRealm ? 'here' : 'elsewhere'}`
  },
)

async function main(): Promise<void> {
  EventLinker.default.on(OrderPlaced, score)
  for (const Executor of [ThreadExecutor, ProcessExecutor]) {
    const executor = new Executor({ workers: 1, loader: 'native' })
    const events = new EventEmitter({ executor })
    const outcome = (await events.emit(OrderPlaced, { total: 21n }).settled).of(score)
    console.log(outcome?.status === 'fulfilled' ? outcome.value : JSON.stringify(outcome))
    await events.shutdown()
  }
}

if (isMainRealm) await main()
