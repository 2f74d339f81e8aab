import { payloads } from '@eventlane/core'
import { currentTask, showThrown } from '@eventlane/core/executor'

/** Above this many characters an uncaught error is told in a line: a dying process sends no more than its pipe takes. */
const MAX_ERROR = 16_384

/** Told, as the last thing that a worker does, which handler ends it and, where that is so, by which uncaught error. */
export type LastWordsListener = (culprit: string | undefined, error: string | undefined) => void

let listener: LastWordsListener | undefined
let isListening = false

/**
 * Has the worker say why, before it ends by its own doing: by an uncaught error or a call of `process.exit`. Only the worker
 * knows which of its handlers that came from.
 */
export function onLastWords(tell: LastWordsListener): void {
  listener = tell
  if (isListening) return
  isListening = true
  let isTold = false
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    // Somebody catches it, and the worker goes on.
    if (process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback())
      return
    isTold = true
    listener?.(currentTask()?.label, encodeError(error))
  })
  process.on('exit', () => {
    if (!isTold) listener?.(currentTask()?.label, undefined)
  })
}

function encodeError(error: unknown): string {
  try {
    const encoded = payloads.encodeThrown(error)
    if (encoded.length <= MAX_ERROR) return encoded
  } catch {
    // Told in a line, then.
  }
  return payloads.encodeThrown(new Error(showThrown(error).slice(0, MAX_ERROR)))
}
