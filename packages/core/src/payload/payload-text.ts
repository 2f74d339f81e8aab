import { readMeta, type Meta } from './payload-reader.js'

/** How the texts begin that are written here, and by superjson. */
const START = '{"json":'
/** How a text with a meta ends, and how its meta begins. Inside a string, the quotes would be escaped. */
const META_END = ',"v":1}}'
const META_START = ',"meta":{'
/** Longer metas are not looked for. */
const MAX_META_LENGTH = 4096
/** So many are remembered. */
const MAX_METAS = 256

/** A text taken apart. */
export interface Parts {
  /** The text of its `json`. */
  readonly json: string
  readonly meta: Meta | undefined
}

/**
 * Takes texts apart, so that neither the envelope nor, where it is one of the remembered ones, the meta needs parsing: metas of
 * payloads of one shape are the same to the letter, and reading one takes as long as reading the JSON before it.
 */
export class TextParts {
  readonly #metas = new Map<string, Meta>()

  /**
   * The parts of a text, if it has them: where one of them cannot be parsed, it was none, and the text is to be read as a whole.
   *
   * @throws SyntaxError or TypeError where what looks like the meta cannot be read
   */
  of(text: string): Parts | undefined {
    if (!text.startsWith(START) || !text.endsWith('}')) return undefined
    if (!text.endsWith(META_END)) return { json: text.slice(START.length, -1), meta: undefined }
    const tail = text.slice(-MAX_META_LENGTH)
    const start = tail.lastIndexOf(META_START)
    if (start === -1) return undefined
    const json = text.slice(START.length, text.length - tail.length + start)
    return { json, meta: this.#metaOf(tail.slice(start + META_START.length - 1, -1)) }
  }

  #metaOf(text: string): Meta {
    const known = this.#metas.get(text)
    if (known) return known
    const meta = readMeta(JSON.parse(text))
    if (this.#metas.size >= MAX_METAS) this.#metas.clear()
    this.#metas.set(text, meta)
    return meta
  }
}
