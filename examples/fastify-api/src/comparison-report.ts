import { Table } from 'console-table-printer'
import type { Comparison, Measurement } from './comparison.js'

/** The table, and what to make of it. */
export function formatComparison({ measurements, answers, identical }: Comparison): string {
  const table = new Table({
    shouldDisableColors: true,
    columns: [
      { name: 'executor', alignment: 'left' },
      { name: 'heavy requests/s', alignment: 'right' },
      { name: 'light requests/s', alignment: 'right' },
      { name: 'p50', alignment: 'right' },
      { name: 'p99', alignment: 'right' },
      { name: 'failed', alignment: 'right' },
    ],
  })
  for (const measurement of measurements) table.addRow(row(measurement))
  return [
    table.render(),
    'p50, p99: how long the light route takes to answer. The last row is without heavy requests.',
    identical
      ? `Both executors answer the same: ${answers.thread}`
      : `THE ANSWERS DIFFER: ${answers.inline}, ${answers.thread}`,
  ].join('\n\n')
}

/** The same for programs. */
export function comparisonAsJson({ measurements, answers, identical }: Comparison): string {
  return JSON.stringify({ measurements: measurements.map(row), answers, identical })
}

function row({ executor, light, heavy }: Measurement): Record<string, string | number> {
  return {
    executor,
    'heavy requests/s': heavy ? heavy.requests.average.toFixed(0) : '-',
    'light requests/s': light.requests.average.toFixed(0),
    p50: `${light.latency.p50} ms`,
    p99: `${light.latency.p99} ms`,
    failed: failures(light) + (heavy ? failures(heavy) : 0),
  }
}

const failures = ({ non2xx, errors, timeouts }: Measurement['light']): number => non2xx + errors + timeouts
