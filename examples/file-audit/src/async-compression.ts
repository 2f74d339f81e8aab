import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress } from 'node:zlib'
import { defineHandler } from '@eventlane/core'
import { BROTLI_OPTIONS } from './brotli-options.js'
import type { FoundFile } from './events.js'
import type { CompressedFile } from './handlers.js'

const brotli = promisify(brotliCompress)

/**
 * The rival of `compress`: Node.js' own asynchronous zlib, which works in libuv's threads. The file is read
 * synchronously, since from the page cache that is faster than a trip to those threads.
 */
export const compressAsync = defineHandler(
  import.meta.url,
  async function compressAsync({ path }: FoundFile): Promise<CompressedFile> {
    const compressed = await brotli(readFileSync(path), BROTLI_OPTIONS)
    return { compressedBytes: compressed.length }
  },
)
