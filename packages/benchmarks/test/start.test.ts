import { describe, expect, it } from 'vitest'
import { shortestReport } from './program.js'

describe('start', () => {
  it('starts programs with threads and processes, and gives every declared ratio', async () => {
    const { rows, ratios } = await shortestReport('start')
    expect(Object.keys(ratios)).toEqual(['threadVsWorker', 'processVsFork'])
    for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0)
    expect(rows.map(({ subject, metric }: any) => [subject, metric])).toEqual([
      ['eventlane', 'threads first handler done (ns)'],
      ['new Worker', 'threads first handler done (ns)'],
      ['eventlane', 'processes first handler done (ns)'],
      ['fork', 'processes first handler done (ns)'],
    ])
  })
})
