import type { ExecutorCapabilities } from './executor.js'
import { payloads, type PayloadOrigin } from './payload-codec.js'

/**
 * How values get to their readers: as text that any realm can read, as copies within this realm, or as they are, unchecked.
 */
export type Passage = 'text' | 'copy' | 'reference'

/** How the payloads of an executor get to its handlers. */
export function passageOf({ portable, isolated }: ExecutorCapabilities): Passage {
  if (!portable) return 'reference'
  return isolated ? 'text' : 'copy'
}

/** A value on its way to a handler or back. */
export class Payload {
  readonly #passage: Passage
  /** The text, the copy that is kept for making others of, or the value. */
  readonly #content: unknown
  #ahead: { readonly value: unknown } | undefined

  private constructor(passage: Passage, content: unknown) {
    this.#passage = passage
    this.#content = content
  }

  /**
   * A value that sets out now: what becomes of it later is seen by nobody, unless it goes by reference.
   *
   * @throws PayloadNotPortableError when it would not arrive unchanged, naming the path
   */
  static of(value: unknown, passage: Passage, origin: PayloadOrigin): Payload {
    switch (passage) {
      case 'text':
        return new Payload(passage, payloads.encode(value, origin))
      case 'copy':
        return new Payload(passage, payloads.copy(value, origin))
      case 'reference':
        return new Payload(passage, value)
    }
  }

  /** A payload that was encoded, here or in another realm. */
  static encoded(text: string): Payload {
    return new Payload('text', text)
  }

  /** How the value gets to its readers; what a handler returns or emits goes the same way. */
  get passage(): Passage {
    return this.#passage
  }

  /** The encoded text. */
  get text(): string {
    return typeof this.#content === 'string' && this.#passage === 'text'
      ? this.#content
      : payloads.encode(this.#content)
  }

  /** A copy of the value for one reader, or the value itself where it goes by reference. */
  read(): unknown {
    if (this.#passage === 'reference') return this.#content
    if (this === NO_RESULT) return undefined
    const ahead = this.#ahead
    if (ahead === undefined) return this.#copy()
    this.#ahead = undefined
    return ahead.value
  }

  /**
   * Makes now what the next {@link read} gives.
   *
   * @throws PayloadDecodeError when this realm cannot read the text
   */
  readAhead(): void {
    if (this.#passage === 'text' && this !== NO_RESULT) this.#ahead ??= { value: this.#copy() }
  }

  #copy(): unknown {
    return this.#passage === 'text' ? payloads.decode(this.text) : payloads.copy(this.#content)
  }
}

const NO_RESULT = Payload.encoded(payloads.encode(undefined))

/** What a handler returned, on its way back; refused with a path that starts with `result`. */
export function resultOf(value: unknown, passage: Passage, event: string, handler: string): Payload {
  return value === undefined ? NO_RESULT : Payload.of(value, passage, { root: 'result', event, handler })
}
