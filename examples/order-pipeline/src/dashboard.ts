import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { HonoAdapter } from '@bull-board/hono'
import { serve } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import type { Queue } from 'bullmq'
import { Hono } from 'hono'

/** A page that shows a queue. */
export interface Dashboard extends AsyncDisposable {
  readonly url: string
}

/**
 * Shows a queue in the browser: read only, and only on this machine. Anyone who sees it sees every payload, so put it behind a
 * login of yours anywhere else.
 *
 * @param port default: a free one
 */
export async function serveDashboard(queue: Queue, port = 0): Promise<Dashboard> {
  const board = new HonoAdapter(serveStatic)
  createBullBoard({ queues: [new BullMQAdapter(queue, { readOnlyMode: true })], serverAdapter: board })
  const app = new Hono().route('/', board.registerPlugin())
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' })
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    [Symbol.asyncDispose]: async () => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
