import { SpanKind, type Telemetry } from 'bullmq'
import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

/** Of the trace that somebody would see, what matters here: what each span continues. */
class Spans implements Telemetry<string> {
  readonly started: { readonly name: string; readonly kind: SpanKind | undefined; readonly of: string }[] = []
  #current = 'outside'

  readonly contextManager: Telemetry<string>['contextManager'] = {
    with: (context: unknown, call: (...args: never[]) => unknown) => {
      const before = this.#current
      this.#current = context as string
      try {
        return call() as never
      } finally {
        this.#current = before
      }
    },
    active: () => this.#current as never,
    getMetadata: (context: unknown) => String(context),
    fromMetadata: (_active: unknown, metadata: string) => metadata as never,
  }

  readonly tracer: Telemetry<string>['tracer'] = {
    startSpan: (name, options, context) => {
      this.started.push({ name, kind: options?.kind, of: context ?? this.#current })
      const id = `${name} of ${context ?? this.#current}`
      return {
        setSpanOnContext: () => id as never,
        setAttribute: () => undefined,
        setAttributes: () => undefined,
        addEvent: () => undefined,
        recordException: () => undefined,
        end: () => undefined,
      }
    },
  }
}

describeWithRedis('telemetry', (redis) => {
  test('is of one trace, from the emitter to the worker', async () => {
    const spans = new Spans()
    const { events, linker, witness, job, work } = setStage(redis, { telemetry: spans })
    linker.on(Work, notes)
    await work({ telemetry: spans })
    await events.emit(Work, job('a'))
    await witness.heard('ran')
    const processed = () => spans.started.find(({ kind }) => kind === SpanKind.CONSUMER)
    await until(() => processed() !== undefined, 'the worker starts a span')
    expect(processed()?.of).toContain('add')
    expect(spans.started.find(({ kind }) => kind === SpanKind.PRODUCER)?.of).toBe('outside')
  })
})
