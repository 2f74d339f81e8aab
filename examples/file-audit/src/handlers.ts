/**
 * The three handlers of `file.found`. Workers import this module, so it imports little: the event's definition, with zod
 * behind it, only as a type.
 */
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import { defineHandler } from '@eventlane/core'
import { BROTLI_OPTIONS } from './brotli-options.js'
import type { FoundFile } from './events.js'
import { languageOf } from './language.js'

export interface HashedFile {
  readonly bytes: number
  readonly sha256: string
}

export interface CompressedFile {
  readonly compressedBytes: number
}

export interface ClassifiedFile {
  readonly kind: 'text' | 'binary'
  readonly language: string
  /** 0 for a binary file. */
  readonly lines: number
}

export const hash = defineHandler(import.meta.url, function hash({ path }: FoundFile): HashedFile {
  const content = readFileSync(path)
  return { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
})

/** CPU-bound on purpose: what it does to an event loop is what the audit measures. */
export const compress = defineHandler(
  import.meta.url,
  function compress({ path }: FoundFile): CompressedFile {
    return { compressedBytes: brotliCompressSync(readFileSync(path), BROTLI_OPTIONS).length }
  },
)

export const classify = defineHandler(
  import.meta.url,
  function classify({ path }: FoundFile): ClassifiedFile {
    const content = readFileSync(path)
    const isText = isUtf8(content) && !content.includes(0)
    return {
      kind: isText ? 'text' : 'binary',
      language: languageOf(path),
      lines: isText ? countLines(content) : 0,
    }
  },
)

const NEWLINE = 0x0a

/** The last line counts also where no newline ends it. */
function countLines(content: Buffer): number {
  let lines = 0
  for (let at = content.indexOf(NEWLINE); at !== -1; at = content.indexOf(NEWLINE, at + 1)) lines += 1
  return content.length > 0 && content.at(-1) !== NEWLINE ? lines + 1 : lines
}
