import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasRedisFor } from '@eventlane/local-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkRun, checkText, isRun, kindOf, matches, needsRedis } from './support/check-page.js'
import { normalize } from './support/run-sample.js'
import {
  isCode,
  locate,
  projectsOf,
  samplesOfMarkdown,
  samplesOfSource,
  type Sample,
} from './support/samples.js'
import { sampleFolder, typeCheck, writeProjects, type WrittenProject } from './support/type-check.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Files below a folder of the repository, without those of tools, builds and tests. */
function filesBelow(folder: string, isMeant: (file: string) => boolean): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true })
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const file = folder === '.' ? entry.name : `${folder}/${entry.name}`
      if (!entry.isDirectory()) return isMeant(file) ? [file] : []
      if (/^(\..*|node_modules|dist|coverage|test|api)$/.test(entry.name)) return []
      return filesBelow(file, isMeant)
    })
}

const read = (file: string) => readFileSync(join(repository, file), 'utf8')

const pages = filesBelow('.', (file) => file.endsWith('.md') && !file.endsWith('CHANGELOG.md'))
  .map((file) => samplesOfMarkdown(read(file), file))
  .filter((page) => page.length > 0)
const sources = filesBelow('packages', (file) => /\/src\/.*\.ts$/.test(file))
  .map((file) => samplesOfSource(read(file), file))
  .filter((page) => page.length > 0)
const fixtures = ['good.md', 'broken.md'].map((name) =>
  samplesOfMarkdown(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'), name),
)
const [good = [], broken = []] = fixtures

const hasRedis = hasRedisFor('samples of docs/many-machines.md')

let projects: Map<Sample, WrittenProject>
let complaints: Map<Sample, string[]>
let removeFolder: () => void

beforeAll(() => {
  const { folder, remove } = sampleFolder()
  removeFolder = remove
  const written = writeProjects([...pages, ...sources, ...fixtures].flatMap(projectsOf), folder)
  projects = new Map(written.map((project) => [project.sample, project]))
  complaints = typeCheck(written)
}, 300_000)

afterAll(() => removeFolder())

describe('samples in pages', () => {
  for (const page of pages) checkSamples(page)
})

describe('samples in doc comments', () => {
  for (const page of sources) checkSamples(page)
})

function checkSamples(page: readonly Sample[]) {
  for (const sample of page) {
    const where = locate(sample)
    if (isCode(sample)) {
      it(`${where} compiles`, () => {
        expect(complaints.get(sample)).toEqual([])
      })
    }
    if (isRun(sample)) {
      const hasOutput = page[page.indexOf(sample) + 1]?.language === 'text'
      it.skipIf(needsRedis(sample) && !hasRedis)(
        `${where} runs${hasOutput ? ', and prints what the page says' : ''}`,
        async () => {
          expect(await checkRun(projects.get(sample)!, page)).toEqual([])
        },
      )
    }
    switch (kindOf(sample, page)) {
      case 'commands':
        it(`${where} shows commands that exist`, () => {
          expect(checkText(sample, page)).toEqual([])
        })
        break
      case 'json':
        it(`${where} is JSON`, () => {
          expect(checkText(sample, page)).toEqual([])
        })
        break
      case 'unknown':
        it(`${where} can be checked`, () => {
          expect(checkText(sample, page)).toEqual([])
        })
        break
      default:
    }
  }
}

describe('the check of samples itself', () => {
  /** All that is wrong with a page. */
  async function problemsOf(page: readonly Sample[]): Promise<string[]> {
    const problems: string[] = []
    for (const sample of page) {
      problems.push(...checkText(sample, page), ...(complaints.get(sample) ?? []))
      if (isRun(sample)) problems.push(...(await checkRun(projects.get(sample)!, page)))
    }
    return problems
  }

  it('finds the samples of a page, with their lines, languages and names', () => {
    expect(good.map(({ line, language, words, name }) => [line, language, words.join(' '), name])).toEqual([
      [5, 'ts', '', 'orders.ts'],
      [15, 'ts', 'run', 'main.ts'],
      [30, 'text', '', undefined],
      [45, 'ts', 'run', 'main.ts'],
      [56, 'text', '', undefined],
      [65, 'ts', '', undefined],
      [78, 'ts', '', undefined],
      [90, 'sh', '', undefined],
      [100, 'sh', '', undefined],
      [106, 'console', '', undefined],
      [113, 'json', '', undefined],
      [119, 'text', 'illustration', undefined],
    ])
  })

  it('has nothing to say of a good page', async () => {
    expect(await problemsOf(good)).toEqual([])
  })

  it('reports all that is wrong with a broken page, with file and line', async () => {
    const problems = await problemsOf(broken)
    expect(problems.map((problem) => problem.split('\n')[0])).toEqual([
      expect.stringMatching(/^broken\.md:6 .*'workers' does not exist in type 'EventEmitterOptions.*TS2353/),
      expect.stringMatching(/^broken\.md:10 .*has no exported member 'notThere'.*TS2305/),
      expect.stringMatching(/^broken\.md:11 Cannot find module.*\.\/nowhere\.js/),
      expect.stringMatching(/^broken\.md:18 '}' expected/),
      'broken.md:24 is not what broken.md:20 prints',
      'broken.md:28 ended with 1',
      'broken.md:32 ended with 0, and wrote to stderr',
      'broken.md:41 is output of nothing: put it right after a block ```ts run, or mark it ```text illustration',
      'broken.md:46 npx --yes pnpm@12 demolish: package.json of eventlane-monorepo has no script "demolish"',
      'broken.md:47 npm install eventlame: nobody here knows the package eventlame',
      'broken.md:48 curl https://example.org: the command "curl" is not on the list of commands that are checked',
      'broken.md:49 cd nowhere: the repository has no nowhere',
      'broken.md:49 node nowhere.js: neither the repository nor the page has nowhere.js',
      expect.stringMatching(/^broken\.md:52 is not JSON: /),
      'broken.md:56 cannot be checked: nothing checks ```rust',
      'broken.md:60 cannot be checked: it names no language',
    ])
    expect(
      problems
        .find((problem) => problem.startsWith('broken.md:24'))
        ?.split('\n')
        .slice(1),
    ).toEqual(['--- the page', 'another thing', '--- the program', 'one thing'])
  })

  it('shows a block the named blocks of its own page only', () => {
    const [first] = samplesOfMarkdown('```ts\n// orders.ts\nexport {}\n```\n', 'one.md')
    const other = samplesOfMarkdown("```ts\nimport './orders.js'\n```\n", 'two.md')
    expect(first?.name).toBe('orders.ts')
    expect(projectsOf(other).map(({ files }) => [...files.keys()])).toEqual([['sample.ts']])
  })

  it('finds samples in doc comments, with the lines of the source', () => {
    const source = [
      "const text = '```ts'",
      '/**',
      ' * Does it.',
      ' * @example',
      ' * ```ts',
      ' * if (true) {',
      ' *   doIt()',
      ' * }',
      ' * ```',
      ' */',
      'export function doIt() {}',
    ].join('\n')
    expect(samplesOfSource(source, 'do-it.ts')).toEqual([
      {
        file: 'do-it.ts',
        line: 5,
        language: 'ts',
        words: [],
        code: 'if (true) {\n  doIt()\n}',
        name: undefined,
      },
    ])
  })

  it('compares output but for times, process ids, UUIDs and paths', () => {
    const printed = [
      'took 12.75 ms, at most 3ms',
      'process 4711, pid: 12, (node:99) Warning',
      'emission 7f0c3a52-0a8f-4f0e-9a53-3f0f8a1f2b6c',
      'score (file:///home/me/app/orders.ts) at /home/me/app/orders.ts:3:1',
    ].join('\n')
    const shown = [
      'took <ms> ms, at most 250 ms',
      'process 1, pid: <pid>, (node:<pid>) Warning',
      'emission <uuid>',
      'score (file:///<path>/orders.ts) at <path>/orders.ts:3:1',
    ].join('\n')
    expect(normalize(printed, '/home/me/app')).toBe(normalize(shown))
    expect(normalize('3 handlers')).not.toBe(normalize('4 handlers'))
  })

  it('lets an ellipsis stand for anything within a line', () => {
    expect(matches('remedy: pass plain data (1)\nend', 'remedy: …\nend')).toBe(true)
    expect(matches('one\ntwo\nend', 'one…end')).toBe(false)
  })
})
