import SuperJSON, { type SuperJSONResult } from 'superjson'
import { portableError } from './error-fields.js'
import * as errors from '../errors/errors.js'
import { PayloadDecodeError, PayloadNotPortableError } from '../errors/errors.js'
import { readBytes, writeBytes } from './payload-bytes.js'
import { copyPayload, copyTree } from './payload-copier.js'
import { examinePayload, type Examination } from './payload-gate.js'
import { graphOf, readGraph } from './payload-graph.js'
import { DEFAULT_PAYLOAD_LIMITS, resolvePayloadLimits, type PayloadLimits } from './payload-limits.js'
import { RESERVED_KEYS } from './payload-path.js'
import { annotationReader, readEnvelope, readJson } from './payload-reader.js'
import { PayloadRegistry, type AnyClass, type CustomType } from './payload-registry.js'
import { isSharingNotedBySuperjson } from './payload-sharing.js'
import { TextParts } from './payload-text.js'
import { GRAPH, NULL_PROTOTYPE, SYMBOL_FOR } from './payload-types.js'
import { writePayload } from './payload-writer.js'
import { sharedState } from '../shared-state.js'
import { extendSuperjson } from './superjson-extension.js'
import { isError, messageOf, showThrown } from '../errors/thrown.js'

/** Where a value that is being encoded comes from, for the message of the error that refuses it. */
export interface PayloadOrigin {
  /** The name of the event. */
  readonly event?: string
  /** The handler in words. */
  readonly handler?: string
  /** The first word of paths: `payload` (default) or `result`. */
  readonly root?: string
}

const REMEDY =
  'pass plain data, register the class with payloads.registerClass, link the handler with { local: true } on ' +
  'an InlineExecutor({ portable: false }), or look the object up inside the handler'

/** A copy that nobody else has, and how to copy it once more. */
export interface KeptCopy {
  readonly content: unknown
  readonly copy: (content: unknown) => unknown
}

/** Says of a text that it has to be read as a whole. */
const NOT_APART = Symbol('not apart')

/** Of a thrown value that cannot travel, so many characters of its text do. */
const MAX_SHOWN_LENGTH = 10_000

/**
 * Turns payloads into text and back without loss, or refuses them: for every `value` that {@link encode} accepts,
 * `decode(encode(value))` is deeply equal to `value`, with the same classes, shared references and cycles. The text is
 * superjson's `{ json, meta }`.
 *
 * @example
 * ```ts
 * import { PayloadCodec } from '@eventlane/core'
 *
 * const codec = new PayloadCodec({ maxPayloadBytes: 64 * 1024 })
 * codec.decode(codec.encode(new Map([['a', 1n]]))) // Map { 'a' => 1n }
 * ```
 */
export class PayloadCodec {
  readonly #registry = new PayloadRegistry()
  /** Writes trees with what is registered, and reads whatever is. */
  readonly #superjson = new SuperJSON()
  /** Writes shared references and cycles, each object once. */
  readonly #deduplicating = new SuperJSON({ dedupe: true })
  readonly #parts = new TextParts()
  #limits = DEFAULT_PAYLOAD_LIMITS

  /**
   * @param limits see {@link PayloadLimits}
   * @throws InvalidOptionError when a limit is unknown or no positive integer
   */
  constructor(limits: PayloadLimits = {}) {
    this.#limits = resolvePayloadLimits(limits, this.#limits, 'new PayloadCodec()')
    for (const superjson of [this.#superjson, this.#deduplicating]) extendSuperjson(superjson, this.#registry)
    for (const errorClass of Object.values(errors)) this.registerClass(errorClass)
  }

  /** The limits in force. */
  get limits(): Readonly<Required<PayloadLimits>> {
    return this.#limits
  }

  /**
   * Sets limits of this realm from now on; what is left out stays as it is. The workers of a pool take those that the
   * program has when they open their lane.
   *
   * @param limits see {@link PayloadLimits}
   * @throws InvalidOptionError when a limit is unknown or no positive integer
   * @example
   * ```ts
   * import { payloads } from '@eventlane/core'
   *
   * payloads.limit({ maxPayloadBytes: 32 * 1024 * 1024 })
   * ```
   */
  limit(limits: PayloadLimits): void {
    this.#limits = resolvePayloadLimits(limits, this.#limits, 'payloads.limit()')
  }

  /**
   * The text that stands for `value` in any realm.
   *
   * @param origin where the value comes from, for error messages
   * @throws {@link PayloadNotPortableError} when the value would not arrive unchanged, naming path and finding
   * @example
   * ```ts
   * import { payloads } from '@eventlane/core'
   *
   * payloads.decode(payloads.encode({ at: new Date(0), total: 10n })) // { at: 1970-01-01T00:00:00.000Z, total: 10n }
   * ```
   */
  encode(value: unknown, origin: PayloadOrigin = {}): string {
    return this.#encodeWithin(this.#limits.maxPayloadBytes, value, origin)
  }

  #encodeWithin(maxPayloadBytes: number, value: unknown, origin: PayloadOrigin): string {
    const text = this.#write(value, origin)
    // A text cannot have more bytes than three per UTF-16 unit, so most texts need no counting.
    const bytes = text.length * 3 > maxPayloadBytes ? Buffer.byteLength(text) : text.length
    if (bytes > maxPayloadBytes) {
      const found = `${String(bytes)} bytes once encoded, over the limit of ${String(maxPayloadBytes)}`
      throw new PayloadNotPortableError(
        [{ path: origin.root ?? 'payload', found }],
        'pass a reference to the data, such as a file path or a key, or raise the limit with payloads.limit({ maxPayloadBytes })',
        origin,
      )
    }
    return text
  }

  #write(value: unknown, origin: PayloadOrigin): string {
    const text = this.#writeBuiltIn(value)
    if (text !== undefined) return text
    // More than a tree of built-in types, or not portable.
    const root = origin.root ?? 'payload'
    const examination = examinePayload(value, root, this.#registry, this.#limits.maxDepth)
    if (examination.offences.length > 0) {
      throw new PayloadNotPortableError(examination.offences, REMEDY, origin)
    }
    try {
      return JSON.stringify(this.#envelope(value, examination))
    } catch (error) {
      // Proxies may answer differently each time, and so may custom types.
      const found = `a value that cannot be written: ${messageOf(error)}`
      throw new PayloadNotPortableError([{ path: root, found }], REMEDY, origin)
    }
  }

  #writeBuiltIn(value: unknown): string | undefined {
    // Custom types come first.
    const bytes = this.#registry.hasCustoms ? undefined : writeBytes(value)
    return bytes ?? writePayload(value, this.#registry, this.#limits.maxDepth)
  }

  #envelope(value: unknown, { isShared, isBeyondSuperjson }: Examination): SuperJSONResult | object {
    if (!isBeyondSuperjson && !isShared) {
      const { json, meta } = this.#superjson.serialize(value)
      // It takes equal NaNs and bigints for one object, and restoring that reorders sets.
      delete meta?.referentialEqualities
      return { json, meta }
    }
    if (!isBeyondSuperjson && isSharingNotedBySuperjson(value)) return this.#deduplicating.serialize(value)
    return { json: graphOf(value, this.#registry), meta: { values: [GRAPH], v: 1 } }
  }

  /**
   * The value that `text` stands for, made anew at each call. It reads what {@link encode} and superjson write.
   *
   * @throws {@link PayloadDecodeError} when the text was not written so, or names a class, symbol or custom type that this
   *   realm has not registered
   */
  decode(text: string): unknown {
    try {
      const bytes = readBytes(text)
      if (bytes !== undefined) return bytes
      const value = this.#readParts(text)
      return value === NOT_APART ? readEnvelope(JSON.parse(text), this.#readRegistered) : value
    } catch (error) {
      throw new PayloadDecodeError(messageOf(error), error)
    }
  }

  #readParts(text: string): unknown {
    try {
      const parts = this.#parts.of(text)
      if (parts === undefined) return NOT_APART
      const json: unknown = JSON.parse(parts.json)
      return parts.meta === undefined ? json : readJson(json, parts.meta, this.#readRegistered)
    } catch {
      return NOT_APART
    }
  }

  /**
   * What `decode(encode(value))` gives, mostly without the text in between.
   *
   * @param origin where the value comes from, for error messages
   * @throws {@link PayloadNotPortableError} when {@link encode} would
   */
  copy(value: unknown, origin: PayloadOrigin = {}): unknown {
    const copied = copyPayload(value, this.#registry, this.#limits)
    return copied ? copied.copy : this.decode(this.encode(value, origin))
  }

  /**
   * A copy to keep, for making others of.
   *
   * @param origin where the value comes from, for error messages
   * @throws {@link PayloadNotPortableError} when {@link encode} would
   */
  keep(value: unknown, origin: PayloadOrigin = {}): KeptCopy {
    const copied = copyPayload(value, this.#registry, this.#limits)
    if (copied) return { content: copied.copy, copy: copyTree }
    const content = this.decode(this.encode(value, origin))
    return { content, copy: (original) => this.copy(original) }
  }

  readonly #readRegistered = (json: unknown, annotation: unknown): unknown => {
    const [kind, name] = Array.isArray(annotation) ? (annotation as unknown[]) : [annotation]
    if (kind === 'custom' && name === GRAPH[1]) return readGraph(json, this.#registry, this.#readLeaf)
    if (kind === 'custom' && name === SYMBOL_FOR[1]) return Symbol.for(String(json))
    if (kind === 'custom' && name === NULL_PROTOTYPE[1])
      return Object.assign(Object.create(null), fieldsOf(json))
    if (kind === 'class') fieldsOf(json)
    if (!this.#isRegistered(kind, String(name))) {
      throw new TypeError(`the ${String(kind)} ${String(name)} is not registered here`)
    }
    const result = { json, meta: { values: [annotation], v: 1 } } as SuperJSONResult
    return this.#superjson.deserialize(result, { inPlace: true })
  }

  readonly #readLeaf = (json: unknown, annotation: unknown): unknown =>
    annotationReader(annotation)(json, this.#readRegistered)

  #isRegistered(kind: unknown, name: string): boolean {
    switch (kind) {
      case 'class':
        return this.#registry.classPrototype(name) !== undefined
      case 'symbol':
        return this.#registry.symbolNamed(name) !== undefined
      case 'custom':
        return this.#registry.customNamed(name) !== undefined
      default:
        // Errors as superjson writes them; it knows no other.
        return kind === 'Error'
    }
  }

  /**
   * The text that stands for whatever a handler threw. Unlike {@link encode} it never refuses: of an error that is not
   * portable it keeps name, message, stack, code and all that can travel, and shows the rest as text.
   */
  encodeThrown(thrown: unknown): string {
    try {
      return this.#encodeError(thrown)
    } catch {
      return this.#encodeUnportable(thrown)
    }
  }

  #encodeUnportable(thrown: unknown): string {
    const isRegistered = (prototype: object): boolean => this.#registry.className(prototype) !== undefined
    const isPortable = (value: unknown): boolean =>
      examinePayload(value, 'error', this.#registry, this.#limits.maxDepth).offences.length === 0
    try {
      if (isError(thrown)) return this.#encodeError(portableError(thrown, isRegistered, isPortable))
    } catch {
      // Too large, or hostile: its text is what remains.
    }
    return this.#write(new Error(showThrown(thrown).slice(0, MAX_SHOWN_LENGTH)), {})
  }

  /** A limit for payloads that is lower than the default shall not cut what says why a handler failed. */
  #encodeError(error: unknown): string {
    const maxBytes = Math.max(this.#limits.maxPayloadBytes, DEFAULT_PAYLOAD_LIMITS.maxPayloadBytes)
    return this.#encodeWithin(maxBytes, error, {})
  }

  /**
   * What {@link encodeThrown} wrote. It never fails: what this realm cannot read, because it lacks a class, becomes the
   * {@link PayloadDecodeError} that says so.
   */
  decodeThrown(text: string): unknown {
    try {
      return this.decode(text)
    } catch (error) {
      return error
    }
  }

  /**
   * Lets instances of a class travel: their own fields arrive, on the class's prototype, without calling its
   * constructor. Call it in the module that defines the class, so that every realm that imports it registers it.
   * A class with `#private` state needs {@link registerCustom} instead.
   *
   * @param constructor the class
   * @param name the name on the wire; default: the class's own name
   * @throws {@link InvalidOptionError} when the name is taken by another class, the class has none, or its instances
   *   are more than their fields
   * @example
   * ```ts
   * import { payloads } from '@eventlane/core'
   *
   * export class Money {
   *   constructor(readonly amount: bigint, readonly currency: string) {}
   * }
   * payloads.registerClass(Money)
   * ```
   */
  registerClass(constructor: AnyClass, name?: string): void {
    const { thing: prototype, identifier, isNew } = this.#registry.addClass(constructor, name)
    // Errors never get as far as superjson, which knows less of them than there is.
    if (isNew && !isError(prototype)) this.#superjson.registerClass(constructor as never, { identifier })
  }

  /**
   * Lets another class take the place of one that is registered: its module was evaluated again. Called by `defineEvent`.
   *
   * @param present a registered class
   * @param constructor the class that takes over its name; instances of `present` are refused from then on
   */
  replaceClass(present: AnyClass, constructor: AnyClass): void {
    const identifier = this.#registry.replaceClass(present, constructor)
    if (identifier === undefined || isError(constructor.prototype)) return
    this.#superjson.registerClass(constructor as never, { identifier })
  }

  /**
   * Lets a symbol travel as a value. Call it in the module that defines the symbol. Symbols of `Symbol.for` travel
   * without it.
   *
   * @param symbol the symbol
   * @param name the name on the wire; default: the symbol's description
   * @throws {@link InvalidOptionError} when the name is taken by another symbol or the symbol has none
   * @example
   * ```ts
   * import { payloads } from '@eventlane/core'
   *
   * export const unlimited = Symbol('unlimited')
   * payloads.registerSymbol(unlimited, 'shop/unlimited')
   * ```
   */
  registerSymbol(symbol: symbol, name?: string): void {
    const { identifier, isNew } = this.#registry.addSymbol(symbol, name)
    if (!isNew) return
    for (const superjson of [this.#superjson, this.#deduplicating]) {
      superjson.registerSymbol(symbol, identifier)
    }
  }

  /**
   * Lets values of a type of your own travel, by your own functions. Call it in the module that defines the type.
   *
   * @param name the name on the wire, unique among custom types
   * @param type see {@link CustomType}
   * @throws {@link InvalidOptionError} when the name is taken, or a function is missing
   */
  registerCustom<Value extends object, Plain>(name: string, type: CustomType<Value, Plain>): void {
    const custom = this.#registry.addCustom(name, type)
    // superjson does not look into what a custom type makes of a value, so that travels as an envelope of its own.
    this.#superjson.registerCustom<object, never>(
      {
        isApplicable: (value): value is object => custom.isApplicable(value),
        serialize: (value) => JSON.parse(this.encode(custom.serialize(value))) as never,
        deserialize: (envelope) => custom.deserialize(readEnvelope(envelope, this.#readRegistered)) as object,
      },
      name,
    )
  }
}

/** The fields of an object in a text: own keys of reserved names are harmless until they are assigned to an instance. */
function fieldsOf(json: unknown): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new TypeError('fields were expected')
  const reserved = Object.keys(json).find((key) => RESERVED_KEYS.has(key))
  if (reserved !== undefined) throw new TypeError(`the key ${reserved} is reserved`)
  return json
}

/** The codec that emitters, executors and workers of this realm share. */
export const payloads: PayloadCodec = sharedState('payloads', () => new PayloadCodec())
