import { describe, expect, it } from 'vitest'
import { crowdedLinker, LINK_COUNTS } from '../src/scale/crowded-linkers.js'
import { shortestReport } from './program.js'

describe('scale', () => {
  it.each(LINK_COUNTS)(
    'emits to the one handler that is meant, with %d links on other events',
    async (links) => {
      const [figure] = await crowdedLinker(links).measure(1)
      expect(figure?.value).toBeGreaterThan(0)
    },
  )

  it('measures links and memory, and every declared ratio', async () => {
    const { rows, ratios } = await shortestReport('scale')
    expect(Object.keys(ratios)).toEqual([
      ...LINK_COUNTS.slice(1).map((links) => `links${links}VsLinks10`),
      'heapSettledVsBefore',
    ])
    for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0)
    const queued = rows.filter(({ metric }: any) => metric === 'queued per queued emission (bytes)')
    expect(queued.map(({ subject }: any) => subject)).toEqual(['eventlane', 'eventlane, portable: false'])
    // An emission is an object of more than a hundred bytes; less would mean that there was none.
    for (const { median } of queued) expect(median).toBeGreaterThan(100)
  })
})
