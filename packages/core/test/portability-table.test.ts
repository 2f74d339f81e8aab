import { readFile } from 'node:fs/promises'
import { PayloadNotPortableError, payloads } from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { ACCEPTED, portabilityTables, REFUSED } from './support/portability-table.js'
import { firstDifference } from './support/same-value.js'
import { thrownBy } from './support/thrown-by.js'

/** Markdown without the padding that the formatter gives its tables. */
function withoutPadding(markdown: string): string {
  return markdown.replaceAll(/[ -]*\|[ -]*/g, '|')
}

describe('the documentation of portability', () => {
  it.each(ACCEPTED)('is right that these are accepted: $what', ({ examples }) => {
    for (const example of examples) {
      const value = example()
      expect(firstDifference(payloads.decode(payloads.encode(value)), value)).toBeUndefined()
      expect(firstDifference(payloads.copy(value), value)).toBeUndefined()
    }
  })

  it.each(REFUSED)('is right that these are refused: $what', ({ examples }) => {
    for (const example of examples) {
      expect(thrownBy(() => payloads.encode({ value: example() }))).toBeInstanceOf(PayloadNotPortableError)
    }
  })

  it('lists them all, from the data of these tests', async () => {
    const page = await readFile(new URL('../../../docs/portability.md', import.meta.url), 'utf8')
    expect(withoutPadding(page)).toContain(withoutPadding(portabilityTables()))
  })
})
