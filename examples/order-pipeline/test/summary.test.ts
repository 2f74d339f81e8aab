import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../src/ledger-entry.js'
import { summarize } from '../src/summary.js'
import { formatTimeline } from '../src/timeline.js'

const entry = (
  at: number,
  worker: string,
  step: LedgerEntry['step'],
  what: LedgerEntry['what'],
  order = 'o-1',
): LedgerEntry => ({ at, worker, step, order, what })

const run = (at: number, worker: string, step: LedgerEntry['step'], order = 'o-1') => [
  entry(at, worker, step, 'started', order),
  entry(at + 100, worker, step, 'booked', order),
  entry(at + 200, worker, step, 'returned', order),
]

const quiet = [...run(0, 'A', 'payment'), ...run(300, 'B', 'receipt'), ...run(600, 'B', 'shipping')]
const lostAfterBooking = [
  entry(0, 'A', 'payment', 'started'),
  entry(100, 'A', 'payment', 'booked'),
  entry(1000, 'B', 'payment', 'started'),
  entry(1100, 'B', 'payment', 'repeated'),
  entry(1200, 'B', 'payment', 'returned'),
  ...run(1300, 'B', 'receipt'),
  ...run(1600, 'B', 'shipping'),
]

describe('the summary', () => {
  it('of a quiet run has nothing lost and nothing repeated', () => {
    expect(summarize(['o-1'], quiet)).toEqual({
      orders: 1,
      completed: 1,
      completedOnce: 1,
      bookings: 3,
      bookedTwice: 0,
      runs: 3,
      runsLost: 0,
      runsRepeated: 0,
      foundDone: 0,
    })
  })

  it('counts runs that were lost and those that took their place', () => {
    expect(summarize(['o-1'], lostAfterBooking)).toMatchObject({
      completedOnce: 1,
      runs: 4,
      runsLost: 1,
      runsRepeated: 1,
      foundDone: 1,
    })
  })

  it('does not call an order complete that lacks a step, or has one twice', () => {
    expect(summarize(['o-1', 'o-2'], quiet)).toMatchObject({ orders: 2, completed: 1, completedOnce: 1 })
    const twice = [...quiet, ...run(900, 'B', 'payment')]
    expect(summarize(['o-1'], twice)).toMatchObject({
      completed: 1,
      completedOnce: 0,
      bookings: 4,
      bookedTwice: 1,
    })
  })
})

describe('the timeline', () => {
  const marks = { begunAt: 0, killedAt: 200, placedAt: new Map([['o-1', 0]]) }

  it('shows each step at its time, and what the kill has cost', () => {
    const row = formatTimeline(lostAfterBooking, marks).split('\n').at(-1)
    expect(row).toMatch(
      /^o-1 {2}x{8}·{31,32}P{7,9}·{3,4}R{7,9}·{3,4}S{7,9} {2}payment was lost with A; B found it done$/,
    )
  })
})
