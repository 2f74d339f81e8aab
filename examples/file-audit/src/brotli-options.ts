import { constants, type BrotliOptions } from 'node:zlib'

export const BROTLI_QUALITY = 5

/** The same for every executor, so that all of them get the same bytes. */
export function brotliOptions(size: number): BrotliOptions {
  return {
    params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: size },
  }
}
