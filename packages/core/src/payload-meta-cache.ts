import { readMeta, type Meta } from './payload-reader.js'

/** How a text with a meta ends. */
export const META_END = ',"v":1}}'
/** How its meta begins. Inside a string, the quotes would be escaped. */
const META_START = ',"meta":{'
/** Longer ones are not remembered. */
const MAX_LENGTH = 4096
/** So many are remembered. */
const MAX_SIZE = 256

/** A text taken apart. */
export interface TextParts {
  /** An object with the text's `json` alone. */
  readonly json: string
  readonly meta: Meta
}

/**
 * Remembers the metas of texts: those of payloads of one shape are the same to the letter, and reading one takes as long as
 * reading the JSON before it.
 */
export class MetaCache {
  readonly #metas = new Map<string, Meta>()

  /**
   * Takes a text apart that ends as one with a meta. Where the parts cannot be parsed, what looked like the meta was not, and the text is to be read as a
   * whole.
   *
   * @returns `undefined` where the text has no meta, or one of its own kind
   * @throws SyntaxError or TypeError where the meta cannot be read
   */
  partsOf(text: string): TextParts | undefined {
    const tail = text.slice(-MAX_LENGTH)
    const start = tail.lastIndexOf(META_START)
    if (start === -1) return undefined
    const end = tail.slice(start + META_START.length - 1, -1)
    let meta = this.#metas.get(end)
    if (meta === undefined) {
      meta = readMeta(JSON.parse(end))
      if (this.#metas.size >= MAX_SIZE) this.#metas.clear()
      this.#metas.set(end, meta)
    }
    return { json: `${text.slice(0, text.length - tail.length + start)}}`, meta }
  }
}
