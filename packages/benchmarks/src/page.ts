import type { Environment } from './environment.js'
import { figuresChart } from './figures-chart.js'
import { figuresGrid } from './figures-grid.js'
import type { Grid } from './grid.js'
import { ratiosGrid } from './ratios-grid.js'
import type { Report } from './report.js'

/** The part of the page that is about one benchmark, and its charts. */
export interface Section {
  readonly name: string
  readonly markdown: string
  /** Contents by file name. */
  readonly charts: ReadonlyMap<string, string>
}

const INTRODUCTION = `# Benchmarks

eventlane beside its peers. \`pnpm bench\` writes this page:

\`\`\`sh
pnpm bench            # everything, some minutes on a quiet machine
pnpm bench codec      # one of them, printed only
\`\`\`

All contenders of a table are measured in one run, once a round, each round beginning with another one. Figures are medians
of all rounds, with the least and the most that a round found. Ratios are computed within each round, where both sides are
measured moments apart; what is shown is the median of those. Every sample is checked for having done its work.`

/** The whole page, of sections in the order of their appearance. */
export function pageOf(sections: readonly Pick<Section, 'name' | 'markdown'>[]): string {
  return `${[INTRODUCTION, ...sections.map(({ name, markdown }) => `${markerOf(name)}\n\n${markdown}`)].join('\n\n')}\n`
}

const markerOf = (name: string): string => `<!-- benchmark: ${name} -->`
const MARKER = /^<!-- benchmark: (.+) -->$/m

/** The sections of a page that {@link pageOf} made. */
export function sectionsOf(page: string): Pick<Section, 'name' | 'markdown'>[] {
  const [, ...parts] = page.split(MARKER)
  return parts.flatMap((name, index) =>
    index % 2 === 0 ? [{ name, markdown: (parts[index + 1] ?? '').trim() }] : [],
  )
}

/** What a report says on the page. */
export function sectionOf({ benchmark, measurements, ratios }: Report, environment: Environment): Section {
  const charts = new Map<string, string>()
  const tables = benchmark.tables.map(({ name, title }) => {
    const rows = measurements.rows.filter(({ table }) => table === name)
    const file = `${benchmark.name}-${name}.svg`
    charts.set(file, figuresChart(title, rows))
    return `### ${title}\n\n![${title}](benchmarks/${file})\n\n${markdownTable(figuresGrid(rows))}`
  })
  const markdown = [
    `## ${benchmark.name}: ${benchmark.title}`,
    describe(environment, benchmark.peers),
    benchmark.notes.map((note) => `- ${note}`).join('\n'),
    ...tables,
    `### Ratios of ${benchmark.name}`,
    markdownTable(ratiosGrid(ratios)),
  ].join('\n\n')
  return { name: benchmark.name, markdown, charts }
}

function describe({ peers, ...environment }: Environment, names: readonly string[]): string {
  const { date, machine, system, node, v8, eventlane } = environment
  const versions = [
    `eventlane ${eventlane}`,
    ...names.map((name) => `${name} ${peers[name] ?? 'of unknown version'}`),
  ]
  return `Measured on ${date} on ${machine}; ${system}; Node.js ${node} (V8 ${v8}); ${versions.join(', ')}.`
}

function markdownTable({ columns, rows }: Grid): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ alignment }) => (alignment === 'right' ? '--:' : ':--'))),
    ...rows.map((cells) =>
      line(cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;'))),
    ),
  ].join('\n')
}
