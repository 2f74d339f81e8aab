import { ProcessExecutor } from '@eventlane/executor-process'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { trace } from '@opentelemetry/api'
import { tells } from './handlers.mjs'

for (const Executor of [ThreadExecutor, ProcessExecutor]) {
  const executor = new Executor({ workers: 1 })
  await trace.getTracer('test').startActiveSpan('request', async (request) => {
    const seen = await executor.run(tells, undefined)
    console.log(executor.mode, seen === request.spanContext().traceId)
  })
  await executor.shutdown()
}
