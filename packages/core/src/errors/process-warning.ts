import { errorMessage, type ErrorParts } from './error-message.js'

/**
 * Warns as all of eventlane does: a process warning of type `EventlaneWarning`, whose message is made like that of an error.
 *
 * @param detail what follows the message, such as a stack
 */
export function emitProcessWarning(parts: ErrorParts, detail?: string): void {
  process.emitWarning(errorMessage(parts), {
    type: 'EventlaneWarning',
    code: parts.code,
    ...(detail !== undefined && { detail }),
  })
}
