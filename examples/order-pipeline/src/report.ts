import type { Summary } from './summary.js'

/** The summary in words. */
export function formatSummary(summary: Summary): string {
  const { orders, completedOnce, bookings, bookedTwice, runs, runsLost, runsRepeated, foundDone } = summary
  return [
    `${String(completedOnce)} of ${String(orders)} orders were completed, each step of each exactly once.`,
    '',
    `  ${count(bookings)} bookings, ${String(bookedTwice)} of them twice`,
    `  ${count(runs)} runs of handlers`,
    `  ${count(runsLost)} of these lost with the worker that was killed`,
    `  ${count(runsRepeated)} repeated: a queue delivers at least once`,
    `  ${count(foundDone)} of the repeated found their work done, and did nothing`,
  ].join('\n')
}

const count = (number: number): string => String(number).padStart(4)
