import { enterWorkerRealm } from '@eventlane/core'
import { serveLane, type LaneItem, type LaneSettings } from '@eventlane/worker-pool/worker'

enterWorkerRealm('process')

// Ctrl-C reaches the whole process group; when to stop is the parent's decision.
process.on('SIGINT', () => undefined)
process.once('disconnect', () => process.exit())

/** Serves one lane over the channel to the parent process; run by the pool as one long task. */
export function lane({ settings }: { readonly settings: LaneSettings }): Promise<void> {
  let onMessage = (_message: unknown): void => undefined
  return serveLane(
    {
      post: (items) => process.send?.(items),
      onMessage: (listener) => {
        onMessage = (message) => {
          // The pool's own messages are arrays; tinypool's, on the same channel, are not.
          if (Array.isArray(message)) listener(message as LaneItem[])
        }
        process.on('message', onMessage)
      },
      close: () => process.off('message', onMessage),
    },
    settings,
  )
}
