import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void

/**
 * Clears away what the last one left, at nobody's cost: the many small buffers of one contender took half the next one's
 * time. Young garbage only, since a full collection also throws away what the compiler has learnt.
 */
export function collectYoungGarbage(): void {
  gc({ type: 'minor' })
}
