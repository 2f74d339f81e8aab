import { enterWorkerRealm } from '@eventlane/core'
import {
  itemsOf,
  serveLane,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from '@eventlane/worker-pool/worker'

enterWorkerRealm('process')

// Ctrl-C reaches the whole process group; when to stop is the parent's decision.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit())

/** Serves one lane over the channel to the parent process; run by the pool as one long task. */
export function lane({ settings }: { readonly settings: LaneSettings }): Promise<void> {
  let onMessage = (_message: unknown): void => undefined
  return serveLane(
    {
      post: (items) => process.send?.({ eventlane: items } satisfies ProcessMessage<WorkerItem>),
      onMessage: (listener) => {
        onMessage = (message) => {
          const items = itemsOf(message)
          if (items) listener(items as LaneItem[])
        }
        process.on('message', onMessage)
      },
      close: () => process.off('message', onMessage),
    },
    settings,
  )
}
