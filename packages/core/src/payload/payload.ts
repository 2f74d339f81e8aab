import type { ExecutorCapabilities } from '../executor/executor.js'
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
  readonly #copy: (content: never) => unknown
  #ahead: { readonly value: unknown } | undefined
  /** The same value on its other ways, where it takes more than one. */
  #forms: Map<Passage, Payload> | undefined
  /** How many are still to take it before the copy is no longer needed here; 0 where nobody knows. */
  #takersLeft = 0

  private constructor(passage: Passage, content: unknown, copy: (content: never) => unknown) {
    this.#passage = passage
    this.#content = content
    this.#copy = copy
  }

  /**
   * A value that sets out now: what becomes of it later is seen by nobody, unless it goes by reference.
   *
   * @throws PayloadNotPortableError when it would not arrive unchanged, naming the path
   */
  static of(value: unknown, passage: Passage, origin: PayloadOrigin): Payload {
    switch (passage) {
      case 'text':
        return Payload.encoded(payloads.encode(value, origin))
      case 'copy': {
        if (typeof value === 'number' || typeof value === 'boolean')
          return new Payload(passage, value, itself)
        const { content, copy } = payloads.keep(value, origin)
        return new Payload(passage, content, copy)
      }
      case 'reference':
        return new Payload(passage, value, itself)
    }
  }

  /** A payload that was encoded, here or in another realm. */
  static encoded(text: string): Payload {
    return new Payload('text', text, decode)
  }

  /** How the value gets to its readers; what a handler returns or emits goes the same way. */
  get passage(): Passage {
    return this.#passage
  }

  /** The encoded text. */
  get text(): string {
    if (this === NO_RESULT) return NO_RESULT_TEXT
    if (typeof this.#content === 'string' && this.#passage === 'text') return this.#content
    return this.through('text', {}).text
  }

  /**
   * The same value by another passage, made when it is first asked for.
   *
   * @throws PayloadNotPortableError when it would not arrive unchanged
   */
  through(passage: Passage, origin: PayloadOrigin): Payload {
    // A text can be read everywhere.
    if (passage === this.#passage || (this.#passage === 'text' && passage === 'copy')) return this
    const known = this.#forms?.get(passage)
    if (known) return known
    const form = Payload.of(passage === 'reference' ? this.read() : this.#content, passage, origin)
    this.#forms ??= new Map()
    this.#forms.set(passage, form)
    return form
  }

  /** A copy of the value for one reader, or the value itself where it goes by reference. */
  read(): unknown {
    const ahead = this.#ahead
    if (ahead !== undefined) {
      this.#ahead = undefined
      return ahead.value
    }
    return this.#copy(this.#content as never)
  }

  /** Like {@link read}, for readers that {@link endAfter} counts: the last of them is given the copy that is kept. */
  take(): unknown {
    if (this.#takersLeft > 0) {
      this.#takersLeft -= 1
      if (this.#takersLeft === 0) return this.#content
    }
    return this.read()
  }

  /** Said by who knows that nobody will read it when so many have taken it. */
  endAfter(takers: number): void {
    if (this.#passage === 'copy') this.#takersLeft = takers
  }

  /**
   * Makes now what the next {@link read} gives.
   *
   * @throws PayloadDecodeError when this realm cannot read the text
   */
  readAhead(): void {
    if (this.#passage === 'text') this.#ahead ??= { value: this.#copy(this.#content as never) }
  }
}

const itself = (value: unknown): unknown => value
const decode = (text: string): unknown => payloads.decode(text)

const NO_RESULT = Payload.of(undefined, 'reference', {})
const NO_RESULT_TEXT = payloads.encode(undefined)

/** What a handler returned, on its way back; refused with a path that starts with `result`. */
export function resultOf(value: unknown, passage: Passage, event: string, handler: string): Payload {
  return value === undefined ? NO_RESULT : Payload.of(value, passage, { root: 'result', event, handler })
}
