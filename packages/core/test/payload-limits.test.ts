import { runInNewContext } from 'node:vm'
import { InvalidOptionError, PayloadCodec, PayloadNotPortableError, payloads } from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { thrownBy } from './support/thrown-by.js'

function nested(levels: number): unknown {
  return Array.from({ length: levels - 1 }).reduce((inner) => [inner], [])
}

describe('the limits of a payload', () => {
  it('are 8 MiB of text and 500 levels', () => {
    expect(new PayloadCodec().limits).toEqual({ maxPayloadBytes: 8 * 1024 * 1024, maxDepth: 500 })
  })

  it.each(['encode', 'copy'] as const)('hold for %s, to the byte', (method) => {
    const codec = new PayloadCodec({ maxPayloadBytes: 100 })
    const overhead = codec.encode('').length
    expect(codec[method]('x'.repeat(100 - overhead))).toContain('xx')
    const error = thrownBy(() => codec[method]('x'.repeat(101 - overhead), { event: 'order' }))
    expect(error).toBeInstanceOf(PayloadNotPortableError)
    expect(error).toMatchObject({
      event: 'order',
      offences: [{ path: 'payload', found: '101 bytes once encoded, over the limit of 100' }],
      message: expect.stringContaining('maxPayloadBytes'),
    })
    expect(thrownBy(() => codec[method]('€'.repeat(40)))).toBeInstanceOf(PayloadNotPortableError)
  })

  it.each(['encode', 'copy'] as const)('hold for the depth that %s goes to', (method) => {
    const codec = new PayloadCodec({ maxDepth: 3 })
    codec[method](nested(3))
    for (const levels of [4, 100_000]) {
      expect(thrownBy(() => codec[method](nested(levels)))).toMatchObject({
        offences: [{ path: 'payload[0][0][0]', found: 'nested deeper than 3 levels' }],
      })
    }
  })

  it('do not hold up the stack, however high they are set', () => {
    const codec = new PayloadCodec({ maxDepth: 1_000_000 })
    expect(thrownBy(() => codec.encode(nested(100_000)))).toBeInstanceOf(PayloadNotPortableError)
    expect(thrownBy(() => codec.copy({ inner: nested(100_000) }))).toBeInstanceOf(PayloadNotPortableError)
  })

  it('can be changed later, one by one', () => {
    const codec = new PayloadCodec({ maxDepth: 3 })
    codec.limit({ maxPayloadBytes: 20 })
    expect(codec.limits).toEqual({ maxPayloadBytes: 20, maxDepth: 3 })
  })

  it('do not keep a handler from saying what it threw', () => {
    const codec = new PayloadCodec({ maxPayloadBytes: 10, maxDepth: 1 })
    expect(
      codec.decodeThrown(codec.encodeThrown(new Error('x'.repeat(20), { cause: { a: [1] } }))),
    ).toBeInstanceOf(Error)
  })

  it.each([
    [{ maxDepth: 0 }],
    [{ maxDepth: 1.5 }],
    [{ maxPayloadBytes: '8' }],
    [{ maxBytes: 1 }],
    [null],
    [7],
  ])('refuse %j', (limits) => {
    expect(thrownBy(() => new PayloadCodec(limits as never))).toBeInstanceOf(InvalidOptionError)
    expect(thrownBy(() => new PayloadCodec().limit(limits as never))).toBeInstanceOf(InvalidOptionError)
  })
})

describe('plain objects and arrays of another context', () => {
  it('arrive as those of this one', () => {
    const value: unknown = runInNewContext('({ list: [1, { a: 1n }], none: undefined })')
    for (const arrived of [payloads.decode(payloads.encode(value)), payloads.copy(value)]) {
      expect(arrived).toStrictEqual({ list: [1, { a: 1n }], none: undefined })
    }
  })

  it('are the only ones: what else is of another context is refused', () => {
    for (const source of ['new Map()', 'new Date()', 'new (class Point {})()']) {
      expect(thrownBy(() => payloads.encode(runInNewContext(source)))).toBeInstanceOf(PayloadNotPortableError)
    }
  })
})
