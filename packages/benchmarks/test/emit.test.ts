import { describe, expect, it } from 'vitest'
import { emit } from '../src/benchmarks/emit.js'
import { HANDLER_COUNTS } from '../src/emit/delivery.js'
import { emitContender } from '../src/emit/contenders.js'
import { subjects, type SubjectName } from '../src/emit/subjects.js'
import { shortestReport } from './program.js'

const names = Object.keys(subjects) as SubjectName[]
const synchronous = ['node:events', 'eventemitter3']

describe.each(names)('%s', (name) => {
  it.each(HANDLER_COUNTS)('calls %d handlers for each order, fire and forget', async (handlers) => {
    const [figure] = await emitContender(name, { delivery: 'forgotten', handlers }).measure(1)
    expect(figure?.value).toBeGreaterThan(0)
  })
})

describe.each(names.filter((name) => !synchronous.includes(name)))('%s', (name) => {
  it.each(HANDLER_COUNTS)('calls %d handlers for each order, awaited', async (handlers) => {
    const [figure] = await emitContender(name, { delivery: 'awaited', handlers }).measure(1)
    expect(figure?.value).toBeGreaterThan(0)
  })
})

describe('emit', () => {
  it('measures all contenders in all columns, and every declared ratio', async () => {
    const { rows, ratios } = await shortestReport('emit')
    const awaited = rows.filter(({ metric }: any) => metric === 'awaited 100 handlers (ns)')
    expect(awaited.map(({ subject }: any) => subject)).toEqual(
      names.filter((name) => !synchronous.includes(name)),
    )
    const forgotten = rows.filter(({ metric }: any) => metric === 'forgotten 1 handler (ns)')
    expect(forgotten.map(({ subject }: any) => subject)).toEqual(names)
    const perCount = ['VsEmittery', 'VsHookable', 'ByReferenceVsEmittery', 'ByReferenceVsHookable']
    expect(Object.keys(ratios)).toEqual(
      HANDLER_COUNTS.flatMap((count) => [
        ...perCount.map((rest) => `awaited${count}${rest}`),
        `forgotten${count}ByReferenceVsNodeEvents`,
      ]),
    )
    for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0)
  })

  it('names its peers', () => {
    expect(emit.peers).toEqual(['emittery', 'hookable', 'eventemitter2', 'eventemitter3'])
  })
})
