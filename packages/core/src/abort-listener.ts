const listeners = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls back when a signal aborts. All callbacks of a signal share one listener on it, so that a signal may serve any
 * number of links and emissions without the warning that Node.js gives of many listeners.
 *
 * @returns the undo
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = listeners.get(signal) ?? listen(signal)
  callbacks.add(callback)
  return () => {
    callbacks.delete(callback)
  }
}

function listen(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>()
  listeners.set(signal, callbacks)
  signal.addEventListener(
    'abort',
    () => {
      for (const callback of callbacks) callback()
      callbacks.clear()
    },
    { once: true },
  )
  return callbacks
}
