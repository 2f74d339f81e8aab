import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CHECK_TIME, CompiledProject, TOTAL_TIME } from '../src/types/compiled-project.js'
import type { ProjectStyle } from '../src/types/generated-project.js'
import { shortestReport } from './program.js'

const STYLES: readonly ProjectStyle[] = ['eventlane', 'plain functions']
const projects = STYLES.map((style) => new CompiledProject(style, { events: 20, links: 80 }))

afterAll(() => {
  for (const project of projects) project[Symbol.dispose]()
})

describe('types', () => {
  it.each(projects)('checks a project with $subject, which compiles', (project) => {
    const figures = project.measure()
    expect(figures.map(({ metric }) => metric)).toEqual([CHECK_TIME, TOTAL_TIME])
    for (const { value } of figures) expect(value).toBeGreaterThan(0)
  })

  it.each(projects)('gives no figure for a project with $subject that does not compile', (project) => {
    appendFileSync(join(project.folder, 'links-0.ts'), "export const wrong: number = 'text'\n")
    expect(() => project.measure()).toThrow(`${project.subject}: the project does not compile`)
  })

  it('removes the project when disposed', () => {
    const project = new CompiledProject('eventlane', { events: 1, links: 1 })
    expect(existsSync(join(project.folder, 'links-0.ts'))).toBe(true)
    project[Symbol.dispose]()
    expect(existsSync(project.folder)).toBe(false)
  })

  it('measures both projects, and every declared ratio', async () => {
    const { rows, ratios } = await shortestReport('types')
    expect(Object.keys(ratios)).toEqual(['checkTimeVsPlainFunctions', 'totalTimeVsPlainFunctions'])
    for (const ratio of Object.values(ratios)) expect(ratio).toBeGreaterThan(0)
    expect(rows.map(({ subject, metric }: any) => [subject, metric])).toEqual([
      ['eventlane', 'projects check time (ns)'],
      ['eventlane', 'projects total time (ns)'],
      ['plain functions', 'projects check time (ns)'],
      ['plain functions', 'projects total time (ns)'],
    ])
  })
})
