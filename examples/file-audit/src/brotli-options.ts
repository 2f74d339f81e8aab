import { constants, type BrotliOptions } from 'node:zlib'

export const BROTLI_QUALITY = 5

/** The same for every executor and for the rival, so that all get the same bytes. */
export const BROTLI_OPTIONS: BrotliOptions = {
  params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
}
