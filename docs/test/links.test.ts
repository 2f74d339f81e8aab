import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { anchorsOf, linksOf, proseOf } from './support/links.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const docs = join(repository, 'docs')
const forge = 'https://github.com/eventlane/eventlane/'
const site = 'https://eventlane.github.io/eventlane/'

const read = (file: string) => readFileSync(file, 'utf8')

/** The Markdown files of a folder, and of those within. */
function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isFile()) return entry.name.endsWith('.md') ? [path] : []
    return /^(\..*|node_modules|dist|coverage|test|api)$/.test(entry.name) ? [] : pagesIn(path)
  })
}

/** Those of the site, and what else the repository shows. */
const pages = pagesIn(repository)

/** What is wrong with a link, or `undefined`. */
function problemOf(link: string, page: string): string | undefined {
  if (link.startsWith(forge)) {
    const path = /^(?:blob|tree)\/main\/(?<path>[^#]*)/.exec(link.slice(forge.length))?.groups?.path
    return path === undefined || existsSync(join(repository, path))
      ? undefined
      : 'the repository has no such file'
  }
  if (link.startsWith(site)) {
    const [name = '', anchor] = link.slice(site.length).split('#')
    const file = join(docs, `${name === '' || name.endsWith('/') ? `${name}index` : name}.md`)
    if (name === '' && !existsSync(file)) return undefined
    return existsSync(file) ? problemOfAnchor(file, anchor) : 'the site has no such page'
  }
  if (/^[a-z]+:/.test(link)) return undefined
  const [path = '', anchor] = link.split('#')
  const file = path === '' ? page : resolve(dirname(page), path)
  if (!existsSync(file)) return 'there is no such file'
  if (page.startsWith(`${docs}/`) && relative(docs, file).startsWith('..'))
    return `the site does not reach outside docs/: link to ${forge}`
  return problemOfAnchor(file, anchor)
}

function problemOfAnchor(file: string, anchor: string | undefined): string | undefined {
  if (anchor === undefined || !file.endsWith('.md')) return undefined
  return anchorsOf(read(file)).has(anchor) ? undefined : 'that page has no such heading'
}

describe('links in pages', () => {
  for (const page of pages)
    it(`those of ${relative(repository, page)} lead somewhere`, () => {
      const problems = linksOf(read(page)).flatMap((link) => {
        const problem = problemOf(link, page)
        return problem === undefined ? [] : [`${link}: ${problem}`]
      })
      expect(problems).toEqual([])
    })

  it('reports what leads nowhere', () => {
    const page = join(docs, 'semantics.md')
    expect(problemOf('./nowhere.md', page)).toBe('there is no such file')
    expect(problemOf('./portability.md#nowhere', page)).toBe('that page has no such heading')
    expect(problemOf('../README.md', page)).toContain('the site does not reach outside docs/')
    expect(problemOf(`${forge}blob/main/nowhere.ts`, page)).toBe('the repository has no such file')
    expect(problemOf(`${site}nowhere`, page)).toBe('the site has no such page')
    expect(problemOf(`${site}errors#nowhere`, page)).toBe('that page has no such heading')
  })

  it('finds links in prose and images, and none in code', () => {
    const text =
      'See [a](./a.md) and ![b](b.svg).\n\n```ts\nconst c = [d](e)\n```\n\n`[f](g)`, <https://h.example>\n\n[i]: ./j.md\n'
    expect(linksOf(text)).toEqual(['./a.md', 'b.svg', './j.md'])
    expect(proseOf(text)).not.toContain('const c')
  })
})
