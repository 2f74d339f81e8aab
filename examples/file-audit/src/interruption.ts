/** A signal that aborts at the first Ctrl-C; a second one ends the program as if nobody listened. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    controller.abort()
  })
  return controller.signal
}
