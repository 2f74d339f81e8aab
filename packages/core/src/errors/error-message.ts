/** What a message is made of, and the code that programs branch on. */
export interface ErrorParts {
  /** Stable code, such as `ERR_INVALID_PAYLOAD`. The message links to the entry of that code in the documentation. */
  readonly code: string
  /** What happened. */
  readonly what: string
  /** Where: event, handler address, payload path. */
  readonly where?: string | undefined
  /** What to do about it. */
  readonly remedy?: string | undefined
  /** The error underneath, if there is one. */
  readonly cause?: unknown
}

/** The page of the documentation that has an entry for each code. */
const ERRORS_PAGE = 'https://eventlane.github.io/eventlane/errors'

const DOCS = '  docs: '

/** A message in lines: what happened, where, what to do about it, and where to read more. */
export function errorMessage({ code, what, where, remedy }: ErrorParts): string {
  const lines = [what]
  if (where) lines.push(`  where: ${where}`)
  if (remedy) lines.push(`  remedy: ${remedy}`)
  lines.push(`${DOCS}${ERRORS_PAGE}#${code.toLowerCase().replaceAll('_', '-')}`)
  return lines.join('\n')
}

/** Messages as a list, in which each link to the documentation stands once. */
export function listOfMessages(messages: readonly string[]): string {
  const seen = new Set<string>()
  const isNew = (line: string) => {
    if (!line.startsWith(DOCS)) return true
    const hasSeen = seen.has(line)
    seen.add(line)
    return !hasSeen
  }
  return messages.map((message) => `  - ${message.split('\n').filter(isNew).join('\n    ')}`).join('\n')
}
