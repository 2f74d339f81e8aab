import { builtInType, bytesFrom, EXTENSION_PREFIX } from './payload-types.js'

/** Shorter ones are as fast on the common way. */
const MIN_LENGTH = 1024

const START = '{"json":"'
const END = `","meta":{"values":[["custom","${EXTENSION_PREFIX}Buffer"]],"v":1}}`

/** The text of a payload that is one large Buffer, in one piece: joining strings would copy it again, page by page. */
export function writeBytes(value: unknown): string | undefined {
  if (!Buffer.isBuffer(value) || value.length < MIN_LENGTH) return undefined
  const type = builtInType(Object.getPrototypeOf(value) as object)
  if (type === undefined || type.prototype !== Buffer.prototype || type.flaw(value) !== undefined)
    return undefined
  const base64 = value.toString('base64')
  const text = scratchOf(START.length + base64.length + END.length)
  text.write(START, 'latin1')
  text.write(base64, START.length, 'latin1')
  text.write(END, START.length + base64.length, 'latin1')
  return text.toString('latin1')
}

/** Kept for the next text: fresh memory costs as much as what is done in it. */
const MAX_SCRATCH_LENGTH = 2 * 1024 * 1024
let scratch = Buffer.alloc(0)

function scratchOf(length: number): Buffer {
  if (length > MAX_SCRATCH_LENGTH) return Buffer.allocUnsafe(length)
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(length)
  return scratch.subarray(0, length)
}

/** Reads what {@link writeBytes} wrote: parsing a megabyte of JSON takes longer than decoding its base64. */
export function readBytes(text: string): Buffer | undefined {
  if (!text.endsWith(END) || !text.startsWith(START)) return undefined
  const end = text.length - END.length
  if (text.indexOf('"', START.length) !== end) return undefined
  return bytesFrom(text.slice(START.length, end))
}
