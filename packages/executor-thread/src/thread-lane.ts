import { parentPort, type MessagePort } from 'node:worker_threads'
import { enterWorkerRealm } from '@eventlane/core/executor'
import { serveLane, TaskClaims, type LaneSettings } from '@eventlane/worker-pool/worker'

enterWorkerRealm('thread')

// tinypool, at the other end of this port, ends a thread that sends anything but what tinypool itself does.
if (parentPort) {
  parentPort.postMessage = () => {
    process.emitWarning(
      'a handler posted a message to parentPort, where nobody listens; use context.emit or return it',
    )
  }
}

interface ThreadLane {
  readonly settings: LaneSettings
  readonly port: MessagePort
  readonly claims: Uint8Array
}

/** Serves one lane over a message port; run by the pool as one long task. */
export function lane({ settings, port, claims }: ThreadLane): Promise<void> {
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
    new TaskClaims(claims),
  )
}
