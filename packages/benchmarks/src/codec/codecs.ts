import { deserialize, serialize } from 'node:v8'
import { payloads } from '@eventlane/core'
import * as devalue from 'devalue'
import * as seroval from 'seroval'
import superjson from 'superjson'

/** What travels. */
export type Encoded = string | Uint8Array

/** A way to turn values into what can travel, and back. */
export interface Codec {
  readonly name: string
  readonly encode: (value: unknown) => Encoded
  readonly decode: (encoded: Encoded) => unknown
}

/** A codec whose encoded form is text. */
function textCodec(
  name: string,
  encode: (value: unknown) => string,
  decode: (text: string) => unknown,
): Codec {
  return { name, encode, decode: decode as Codec['decode'] }
}

export const eventlane = textCodec(
  'eventlane',
  // The origin is what the emitter passes with each payload, for error messages.
  (value) => payloads.encode(value, { event: 'order.placed' }),
  (text) => payloads.decode(text),
)

export const json = textCodec(
  'JSON',
  (value) => JSON.stringify(value),
  (text) => JSON.parse(text) as unknown,
)

export const superjsonCodec = textCodec(
  'superjson',
  (value) => superjson.stringify(value),
  (text) => superjson.parse(text),
)

export const devalueCodec = textCodec(
  'devalue',
  (value) => devalue.stringify(value),
  (text) => devalue.parse(text),
)

// Not its other pair, whose deserialize evaluates a program: nobody may do that with a text from elsewhere, and a
// benchmark that decodes the same texts again would measure V8's cache of evaluated programs.
export const serovalCodec = textCodec(
  'seroval',
  (value) => JSON.stringify(seroval.toJSON(value)),
  // Its own limit would not let the buffer in.
  (text) =>
    seroval.fromJSON(JSON.parse(text) as seroval.SerovalJSON, { maxBase64Length: Number.MAX_SAFE_INTEGER }),
)

export const v8Codec: Codec = {
  name: 'v8.serialize',
  encode: (value) => serialize(value),
  decode: (encoded) => deserialize(encoded as Uint8Array) as unknown,
}

/** The limit for bytes in text: the conversion alone. */
export const base64 = textCodec(
  'base64',
  (value) => (value as Buffer).toString('base64'),
  (text) => Buffer.from(text, 'base64'),
)
