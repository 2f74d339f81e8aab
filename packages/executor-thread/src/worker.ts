import type { MessagePort } from 'node:worker_threads'
import { enterWorkerRealm } from '@eventlane/core'
import { serveLane, type LaneSettings } from '@eventlane/worker-pool/worker'

enterWorkerRealm('thread')

interface ThreadLane {
  readonly settings: LaneSettings
  readonly port: MessagePort
  readonly started: Int32Array
}

/** Serves one lane over a message port; run by the pool as one long task. */
export function lane({ settings, port, started }: ThreadLane): Promise<void> {
  return serveLane(
    {
      post: (items) => {
        port.postMessage(items)
      },
      onMessage: (listener) => port.on('message', listener),
      close: () => {
        port.close()
      },
    },
    settings,
    started,
  )
}
