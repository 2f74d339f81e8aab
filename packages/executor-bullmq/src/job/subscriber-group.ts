import { addressOf, defineHandler, type HandlerAddress } from '@eventlane/core'

const groups = new Map<string, (payload: unknown) => void>()
const names = new WeakMap<HandlerAddress, string>()

/**
 * A handler that stands for all handlers which another service has linked to an event: the workers of that group get a copy of
 * each emission, and run those handlers that their own links name. The emitting service needs not have their modules.
 *
 * @param group the group of the workers, see `createWorker({ group })`
 * @returns the same handler for the same group; link it to events, or to `anyEvent`
 * @example
 * ```ts
 * import { defineEvent, EventLinker, payload } from '@eventlane/core'
 * import { subscriberGroup } from '@eventlane/executor-bullmq'
 *
 * const OrderPlaced = defineEvent('order.placed', payload<{ id: string }>())
 * const linker = new EventLinker()
 * linker.on(OrderPlaced, subscriberGroup('billing'))
 * linker.on('order.**', subscriberGroup('audit'))
 * ```
 */
export function subscriberGroup(group: string): (payload: unknown) => void {
  const known = groups.get(group)
  if (known !== undefined) return known
  const handler = (): void => {
    throw new TypeError(`the subscriber group ${group} can only be reached through a BullMQExecutor`)
  }
  Object.defineProperty(handler, 'name', { value: `group ${group}` })
  defineHandler(import.meta.url, handler)
  const address = addressOf(handler)
  if (address) names.set(address, group)
  groups.set(group, handler)
  return handler
}

/** The group that an address stands for; `undefined` for the address of a handler proper. */
export function groupOf(address: HandlerAddress): string | undefined {
  return names.get(address)
}
