import { enterWorkerRealm } from '@eventlane/core/executor'
import {
  blockOnOutput,
  itemsOf,
  keepListeners,
  serveLane,
  watchParent,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from '@eventlane/worker-pool/worker'

enterWorkerRealm('process')

const send = process.send?.bind(process)
let receive: ((items: readonly LaneItem[]) => void) | undefined
let isWatching = false

process.on('message', (message) => {
  const items = itemsOf(message)
  if (items) receive?.(items as LaneItem[])
})
// Ctrl-C reaches the whole process group; when to stop is the parent's decision.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())
keepListeners(['message', 'disconnect', 'SIGINT'])
// The process lives as long as its channel, whatever becomes of the listeners.
process.channel?.ref()
process.disconnect = () => {
  process.emitWarning(
    'a handler called process.disconnect(), which would have cut its worker off from the pool',
  )
}

blockOnOutput()

/** Serves one lane over the channel to the parent process; run by the pool as one long task. */
export function lane({ settings }: { readonly settings: LaneSettings }): Promise<void> {
  if (!isWatching) {
    isWatching = true
    // After the lane has said that it is ready.
    setImmediate(watchParent)
  }
  return serveLane(
    {
      post: (items) => send?.({ eventlane: items } satisfies ProcessMessage<WorkerItem>),
      onMessage: (listener) => (receive = listener),
      close: () => (receive = undefined),
    },
    settings,
  )
}
