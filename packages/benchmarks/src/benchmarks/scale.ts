import type { Benchmark } from '../benchmark.js'
import { playRounds } from '../rounds.js'
import { crowdedLinker, EMIT, LINK_COUNTS, linksInWords } from '../scale/crowded-linkers.js'
import { addMemory, AFTER, BEFORE, HEAP } from '../scale/memory.js'
import { QUICK } from '../settings.js'

/** Memory is the same each time, but for some kilobytes. */
const MEMORY_ROUNDS = 3

/** What many links and many emissions cost. */
export const scale: Benchmark = {
  name: 'scale',
  title: 'Many links, many emissions',
  tables: [
    { name: 'links', title: 'An awaited emission to one handler, with links on other events' },
    { name: 'queued', title: 'Memory of a million emissions that wait' },
    { name: 'settled', title: 'Heap before a million emissions, and when they have settled' },
  ],
  notes: [
    'Memory is that of a fresh process after a full garbage collection. Payloads are small, flat objects, each with a string of its own, which eventlane copies and which by reference belong to the emission alone; they are included.',
  ],
  peers: [],
  run: async (settings) => {
    const contenders = LINK_COUNTS.map((links) => crowdedLinker(links))
    const measurements = await playRounds([{ table: 'links', contenders }], settings)
    const emissions = settings.rounds < QUICK.rounds ? 50_000 : 1_000_000
    for (let round = 0; round < MEMORY_ROUNDS; round += 1) await addMemory(measurements, emissions)
    const [fewest] = LINK_COUNTS
    return {
      measurements,
      ratios: [
        ...LINK_COUNTS.slice(1).map((links) =>
          measurements.ratio(`links${links}VsLinks${fewest}`, {
            table: 'links',
            metric: EMIT.name,
            of: linksInWords(links),
            by: linksInWords(fewest),
            target: { kind: 'at most', limit: 1.2 },
          }),
        ),
        measurements.ratio('heapSettledVsBefore', {
          table: 'settled',
          metric: HEAP.name,
          of: AFTER,
          by: BEFORE,
          target: { kind: 'at most', limit: 1.05 },
        }),
      ],
    }
  },
}
