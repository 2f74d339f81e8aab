import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, resolveConfig } from 'prettier'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Environment } from '../src/environment.js'
import { currentEnvironment } from '../src/environment.js'
import { Measurements } from '../src/measurements.js'
import type { Metric } from '../src/metric.js'
import { publish } from '../src/publication.js'
import type { Report } from '../src/report.js'
import { textReport } from '../src/text-report.js'

const environment: Environment = {
  date: '2026-01-31',
  machine: 'Abacus, 2 cores, 1 GB',
  system: 'Linux 6, x64',
  node: 'v20.19.0',
  v8: '11.3',
  eventlane: '0.1.0',
  peers: { rival: '1.2.3', stranger: '9.9.9' },
}

const TIME: Metric = { name: 'time', unit: 'ns', better: 'less' }
const RATE: Metric = { name: 'rate', unit: 'tasks/s', better: 'more' }

/** A report of two subjects at one task, in three rounds. */
function reportOf(name: string, factor = 1): Report {
  const measurements = new Measurements()
  for (const value of [1000, 1500, 2000]) {
    measurements.add('small', 'eventlane', { metric: TIME, value: value * factor })
    measurements.add('small', 'a <rival>', { metric: TIME, value: value * 2 })
    measurements.add('small', 'eventlane', { metric: RATE, value: 1e6 / value })
  }
  const quotient = { table: 'small', metric: 'time', of: 'eventlane', by: 'a <rival>' }
  return {
    benchmark: {
      name,
      title: 'Small things',
      tables: [{ name: 'small', title: 'Small | tiny' }],
      notes: ['What to know.'],
      peers: ['rival'],
      run: () => Promise.reject(new Error('not here')),
    },
    measurements,
    ratios: [
      measurements.ratio('timeVsRival', { ...quotient, target: { kind: 'below', limit: 1 } }),
      measurements.ratio('tooSlow', { ...quotient, target: { kind: 'at most', limit: 1 / 3 } }),
      measurements.ratio('noTarget', quotient),
    ],
  }
}

/** Publishes into an empty folder that is gone after the test, and reads what is there. */
function makeDestination() {
  const folder = mkdtempSync(join(tmpdir(), 'benchmarks-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return {
    write: async (...reports: Report[]) =>
      readFileSync(await publish(reports, environment, { folder, order: ['first', 'second'] }), 'utf8'),
    charts: () => readdirSync(join(folder, 'benchmarks')),
    chart: (name: string) => readFileSync(join(folder, 'benchmarks', name), 'utf8'),
  }
}

const headings = (page: string) => page.match(/^#+ .*$/gm)

describe('publish', () => {
  it('writes tables, ratios with targets, machine, versions and date', async () => {
    const page = await makeDestination().write(reportOf('first'))
    expect(headings(page)).toEqual([
      '# Benchmarks',
      '## first: Small things',
      '### Small | tiny',
      '### Ratios of first',
    ])
    expect(page).toContain(
      'Measured on 2026-01-31 on Abacus, 2 cores, 1 GB; Linux 6, x64; Node.js v20.19.0 (V8 11.3); eventlane 0.1.0, rival 1.2.3.',
    )
    expect(page).toContain('- What to know.')
    expect(page).toMatch(/^\| eventlane +\| 1\.5 µs \| +1 – 2 \| 667 tasks\/s \| +500 – 1,000 \|$/m)
    expect(page).toMatch(/^\| a &lt;rival> +\| +3 µs \| +2 – 4 \| +\| +\|$/m)
    expect(page).toMatch(/^\| timeVsRival +\| +0\.5 \| 0\.5 – 0\.5 \| +&lt; 1 \| yes +\|$/m)
    expect(page).toMatch(/^\| tooSlow +\| +0\.5 \| 0\.5 – 0\.5 \| +≤ 0\.333 \| NO +\|$/m)
    expect(page).toMatch(/^\| noTarget +\| +0\.5 \| 0\.5 – 0\.5 \| +\| +\|$/m)
  })

  it('writes a page that Prettier leaves alone, and whose only sample is one of commands', async () => {
    const page = await makeDestination().write(reportOf('first'))
    const options = await resolveConfig(import.meta.filename)
    expect(await check(page, { ...options, parser: 'markdown' })).toBe(true)
    expect(page.match(/^```.+$/gm)).toEqual(['```sh'])
  })

  it('draws a chart for each table, and shows it', async () => {
    const { write, charts, chart } = makeDestination()
    const page = await write(reportOf('first'))
    expect(page).toContain('![Small | tiny](benchmarks/first-small.svg)')
    expect(charts()).toEqual(['first-small.svg'])
    const image = chart('first-small.svg')
    expect(image).toContain('>a &lt;rival&gt;</text>')
    expect(image).toContain('>time (less is better)</text>')
    expect(image).toContain('>rate (more is better)</text>')
    const widths = [...image.matchAll(/<rect x="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width))
    expect(widths).toHaveLength(3)
    expect(widths[1]! / widths[0]!).toBeCloseTo(2)
    expect(image).not.toContain('NaN')
  })

  it('renews the section of a benchmark and leaves the others as they are, in order', async () => {
    const { write, charts } = makeDestination()
    const second = await write(reportOf('second'))
    const both = await write(reportOf('first'))
    expect(headings(both)?.filter((line) => line.startsWith('## '))).toEqual([
      '## first: Small things',
      '## second: Small things',
    ])
    expect(both.endsWith(second.slice(second.indexOf('## second')))).toBe(true)
    const renewed = await write(reportOf('first', 100))
    expect(renewed).toContain('150 µs')
    expect(renewed.slice(renewed.indexOf('## second'))).toBe(both.slice(both.indexOf('## second')))
    expect(charts()).toEqual(['first-small.svg', 'second-small.svg'])
  })

  it('forgets a benchmark that is no more', async () => {
    const { write } = makeDestination()
    await write(reportOf('second'), reportOf('gone'))
    expect(await write(reportOf('first'))).not.toContain('gone')
  })
})

describe('textReport', () => {
  it('has the same tables', () => {
    const text = textReport(reportOf('first'))
    expect(text).toMatch(/^│ eventlane │ 1\.5 µs │ +1 – 2 │ 667 tasks\/s │ +500 – 1,000 │$/m)
    expect(text).toMatch(/^│ tooSlow +│ +0\.5 │ 0\.5 – 0\.5 │ ≤ 0\.333 │ NO +│$/m)
    expect(text).not.toContain('\u001B')
  })
})

describe('currentEnvironment', () => {
  it('knows this machine and all peers', () => {
    expect(currentEnvironment()).toMatchObject({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      node: process.version,
      peers: {
        devalue: expect.stringMatching(/^\d/),
        seroval: expect.any(String),
        superjson: expect.any(String),
      },
    })
  })
})
