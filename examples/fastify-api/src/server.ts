import {
  EmissionError,
  EventEmitter,
  EventLinker,
  InvalidPayloadError,
  QueueFullError,
  type Executor,
  type InputOf,
} from 'eventlane'
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify'
import { ProductViewed, QuoteRequested } from './events.js'
import { priceQuote } from './handlers.js'

/** The server, not yet listening. To close it is to wait for all that was emitted, and to end the workers. */
export function createServer(executor: Executor): FastifyInstance {
  const views = new Map<string, number>()
  const linker = new EventLinker()
  linker.on(QuoteRequested, priceQuote, { timeoutMs: 10_000 })
  linker.on(ProductViewed, ({ id }) => views.set(id, (views.get(id) ?? 0) + 1), { local: true })
  const events = new EventEmitter({ executor, linker })

  const app = fastify()
  app.addHook('onReady', async () => events.ready())
  app.addHook('onClose', async () => {
    const { total, fulfilled, cancelled } = await events.shutdown()
    console.log(`closed: of ${total} tasks ${fulfilled} were fulfilled, ${cancelled} cancelled`)
  })

  // What is answered while it closes is the last on its connection, which would keep it from closing for another minute.
  app.addHook('onSend', async (_request, reply) => {
    if (!app.server.listening) reply.header('connection', 'close')
  })

  app.get<{ Params: { id: string } }>('/products/:id', ({ params: { id } }) => {
    events.emit(ProductViewed, { id })
    return { id, name: `Product ${id}` }
  })

  app.post<{ Body: InputOf<typeof QuoteRequested> }>('/quotes', async ({ body }, reply) => {
    const report = await events.emit(QuoteRequested, body, { signal: disconnection(reply) })
    const outcome = report.of(priceQuote)
    return outcome?.status === 'fulfilled' ? outcome.value : undefined
  })

  app.get('/stats', () => {
    const { queued, running, counts } = events.stats()
    return { mode: events.mode, queued, running, counts, views: Object.fromEntries(views) }
  })

  app.setErrorHandler<Error>((error, _request, reply) => {
    if (error instanceof InvalidPayloadError)
      return reply.code(400).send({ error: 'invalid payload', issues: error.issues })
    if (error instanceof QueueFullError)
      return reply.code(503).header('retry-after', '1').send({ error: 'too much to do' })
    // Its message names files of the server.
    if (error instanceof EmissionError) return reply.code(500).send({ error: 'the work failed' })
    throw error
  })
  return app
}

/** Aborts when the client leaves before it has its answer; `request.signal` does as soon as the body has been read. */
function disconnection({ raw: response }: FastifyReply): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client has disconnected'))
  })
  return controller.signal
}
