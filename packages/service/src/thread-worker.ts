import { workerData, type MessagePort } from 'node:worker_threads'
import { enterWorkerRealm } from '@eventlane/core/executor'
import type { HostItem } from './service-message.js'
import { serveService } from './serve-service.js'

enterWorkerRealm('thread')

const port = workerData as MessagePort

serveService({
  post: (items) => {
    port.postMessage(items)
  },
  onMessage: (listener) => {
    port.on('message', (items: readonly HostItem[]) => {
      listener(items)
    })
  },
  close: () => {
    port.close()
  },
})
