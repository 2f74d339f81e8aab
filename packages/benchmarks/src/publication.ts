import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import type { Environment } from './environment.js'
import { pageOf, sectionOf, sectionsOf } from './page.js'
import type { Report } from './report.js'

/** Where figures are published. */
export interface Destination {
  /** The documentation's. */
  readonly folder: string
  /** The names of all benchmarks, as the page is to have them. */
  readonly order: readonly string[]
}

/**
 * Writes `benchmarks.md` and its charts. What the page says of benchmarks that are not reported stays as it is.
 *
 * @returns the page's path
 */
export async function publish(
  reports: readonly Report[],
  environment: Environment,
  { folder, order }: Destination,
): Promise<string> {
  const file = join(folder, 'benchmarks.md')
  const chartFolder = join(folder, 'benchmarks')
  mkdirSync(chartFolder, { recursive: true })
  const fresh = reports.map((report) => sectionOf(report, environment))
  for (const { charts } of fresh)
    for (const [name, chart] of charts) writeFileSync(join(chartFolder, name), chart)
  const sections = [...fresh, ...(existsSync(file) ? sectionsOf(readFileSync(file, 'utf8')) : [])]
  const ordered = order.flatMap((name) => sections.find((section) => section.name === name) ?? [])
  const options = { ...(await resolveConfig(fileURLToPath(import.meta.url))), filepath: file }
  writeFileSync(file, await format(pageOf(ordered), options))
  return file
}
