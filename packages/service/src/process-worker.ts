import { enterWorkerRealm } from '@eventlane/core/executor'
import {
  blockOnOutput,
  itemsOf,
  keepListeners,
  watchParent,
  type ProcessMessage,
} from '@eventlane/worker-pool/worker'
import type { HostItem, ServiceItem } from './service-message.js'
import { serveService } from './serve-service.js'

enterWorkerRealm('process')

const send = process.send?.bind(process)
let receive: ((items: readonly HostItem[]) => void) | undefined

process.on('message', (message) => {
  const items = itemsOf(message)
  if (items) receive?.(items as readonly HostItem[])
})
// Ctrl-C reaches the whole process group, and the end of a system service all of its processes: when to stop is for the host.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => undefined)
process.on('disconnect', () => process.exit())
keepListeners(['message', 'disconnect', 'SIGINT', 'SIGTERM'])
process.channel?.ref()
blockOnOutput()

serveService({
  post: (items) => send?.({ eventlane: items } satisfies ProcessMessage<ServiceItem>),
  onMessage: (listener) => (receive = listener),
  close: () => process.exit(),
})
// A service that blocks its event loop would not hear that its parent has gone.
setImmediate(watchParent)
