import { defineEvent, type PayloadOf } from 'eventlane'
import { z } from 'zod'

/** A file was found; `path` is absolute, and each handler reads the file for itself. */
export const FileFound = defineEvent('file.found', z.object({ path: z.string() }))

export type FoundFile = PayloadOf<typeof FileFound>
