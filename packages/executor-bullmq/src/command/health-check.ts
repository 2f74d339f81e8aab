import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RemoteWorker } from '../worker/remote-worker.js'

/** Answers `GET /health`: 200 while the worker takes tasks, else 503, with its statistics. */
export async function serveHealth(worker: () => RemoteWorker | undefined, port: number): Promise<void> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/health') {
      response.writeHead(404).end()
      return
    }
    const current = worker()
    const isReady = current?.isReady ?? false
    response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ status: isReady ? 'ready' : 'not ready', ...current?.stats() }))
  })
  server.listen(port)
  await once(server, 'listening')
}
