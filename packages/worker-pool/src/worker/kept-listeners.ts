type Listener = Parameters<NodeJS.EventEmitter['on']>[1]

// As they were before any handler could replace them.
const { queueMicrotask } = globalThis

/**
 * Keeps this process's listeners of some events where they are, also when a handler removes all listeners of the process:
 * without them its worker would hear nothing more from the pool, and wait for ever.
 */
export function keepListeners(events: readonly string[]): void {
  const emitter: NodeJS.EventEmitter = process
  const kept = new Map(events.map((event) => [event, emitter.listeners(event)]))
  const keep = (event: string | symbol, listener: Listener): void => {
    if (!emitter.listeners(event).includes(listener)) emitter.on(event, listener)
  }
  const onRemoved = (event: string, listener: Listener): void => {
    if (!kept.get(event)?.includes(listener)) return
    queueMicrotask(() => {
      keep(event, listener)
      keep('removeListener', onRemoved)
    })
  }
  emitter.on('removeListener', onRemoved)
}
