import { payloads } from './payload-codec.js'

/** A value on its way to a handler or back: as text that any realm can read, or by reference. */
export class Payload {
  readonly #value: unknown
  readonly #text: string | undefined
  #ahead: { readonly value: unknown } | undefined

  private constructor(value: unknown, text: string | undefined) {
    this.#value = value
    this.#text = text
  }

  /** A payload that was encoded, here or in another realm. */
  static encoded(text: string): Payload {
    return new Payload(undefined, text)
  }

  /** A payload that stays in this realm, unchecked and not copied. */
  static reference(value: unknown): Payload {
    return new Payload(value, undefined)
  }

  /** Whether the value is passed as it is, unchecked and not copied. */
  get isReference(): boolean {
    return this.#text === undefined
  }

  /** The encoded text. */
  get text(): string {
    return this.#text ?? payloads.encode(this.#value)
  }

  /** A copy of the value for one reader, or the value itself where it goes by reference. */
  read(): unknown {
    if (this.#text === undefined) return this.#value
    const ahead = this.#ahead
    if (ahead === undefined) return payloads.decode(this.#text)
    this.#ahead = undefined
    return ahead.value
  }

  /**
   * Decodes now what the next {@link read} gives.
   *
   * @throws PayloadDecodeError when this realm cannot read the text
   */
  readAhead(): void {
    if (this.#text !== undefined && this !== NO_RESULT) this.#ahead ??= { value: payloads.decode(this.#text) }
  }
}

/** Encodes what a handler returned, or refuses it with a path that starts with `result`. */
export function encodeResult(value: unknown, event: string, handler: string): Payload {
  return value === undefined
    ? NO_RESULT
    : Payload.encoded(payloads.encode(value, { root: 'result', event, handler }))
}

const NO_RESULT = Payload.encoded(payloads.encode(undefined))
