import { LinkRemovedError } from '../errors/errors.js'
import { describeEvents, eventKeys, isEventAlone } from '../event/event-selector.js'
import type { Handler } from '../handler/handler.js'
import type { LinkFilter, LinkReceiver } from './link.js'
import { checkOptions, isAbortSignal, isFunction } from '../options.js'
import type { Subscriptions } from './subscriptions.js'

/** Options of `linker.next`. */
export interface NextOptions<Payload = never> {
  /** Which payload it waits for. Default: any. */
  readonly filter?: LinkFilter<Payload>
  /** Rejects the promise, with its reason, when it aborts. */
  readonly signal?: AbortSignal
}

const NEXT_OPTIONS: Readonly<Record<keyof NextOptions, (value: unknown) => boolean>> = {
  filter: isFunction,
  signal: isAbortSignal,
}

/** Resolves with what comes next: the payload of an event alone, the event's name and the payload where there are several. */
export async function nextEvent(
  subscriptions: Subscriptions,
  events: unknown,
  options: NextOptions,
): Promise<unknown> {
  checkOptions(options, NEXT_OPTIONS, () => 'linker.next()')
  const { filter, signal } = options
  const keys = eventKeys(events)
  return await new Promise((resolve, reject) => {
    const handler: Handler = (payload, { event }) => {
      resolve(isEventAlone(events) ? payload : { event, payload })
    }
    const receiver: LinkReceiver = {
      ended: (link) => {
        if (link.isUsedUp) return
        reject(signal?.aborted ? (signal.reason as Error) : new LinkRemovedError(describeEvents(keys)))
      },
      missed: (link, result) => {
        if (result.status === 'rejected') {
          const error = result.error as Error
          reject(error)
          link.unlink()
        } else if (signal?.aborted) {
          reject(signal.reason as Error)
        } else {
          // It was cancelled or dropped before it got here: what is waited for has yet to come.
          wait()
        }
      },
    }
    const wait = (): void => {
      const bound = { handler, receiver: undefined, address: undefined }
      const onFailure = (): void => undefined
      const linkOptions = {
        local: true,
        once: true,
        onFailure,
        ...(filter && { filter }),
        ...(signal && { signal }),
      }
      subscriptions.add([{ events, bound, options: linkOptions, receiver }])
      if (signal?.aborted) reject(signal.reason as Error)
    }
    wait()
  })
}
