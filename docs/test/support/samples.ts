/** One fenced block of a page or of a doc comment. */
export interface Sample {
  /** The file that it stands in, relative to the repository. */
  readonly file: string
  /** The line of its opening fence, from 1. */
  readonly line: number
  readonly language: string
  /** The words after the language. */
  readonly words: readonly string[]
  readonly code: string
  /** The file that the code says it is, by a first line such as `// orders.ts: events and handlers`. */
  readonly name: string | undefined
}

const FENCE = /^(?<indent>[ \t]*)(?<fence>`{3,}|~{3,})(?<info>.*)$/
const NAME = /^\/\/ (?<name>[\w./-]+\.[cm]?[jt]sx?)(?=\n|[:,;]? |$)/

/** How a sample is called in titles and reports. */
export function locate({ file, line }: Sample): string {
  return `${file}:${line}`
}

/** The fenced blocks of a Markdown text, in order. */
export function samplesOfMarkdown(text: string, file: string): Sample[] {
  return fencedBlocks(text.split(/\r?\n/), file)
}

/** The fenced blocks in the doc comments of a TypeScript source, in order. */
export function samplesOfSource(text: string, file: string): Sample[] {
  let isDocComment = false
  // Lines outside doc comments stay as empty ones, so that line numbers are right.
  const lines = text.split(/\r?\n/).map((line) => {
    if (/^\s*\/\*\*/.test(line)) isDocComment = true
    if (!isDocComment) return ''
    if (line.includes('*/')) isDocComment = false
    return line.replace(/^\s*\/?\*+\/? ?/, '')
  })
  return fencedBlocks(lines, file)
}

function fencedBlocks(lines: readonly string[], file: string): Sample[] {
  const samples: Sample[] = []
  let isComment = false
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index]!
    if (line.includes('<!--')) isComment = true
    if (line.includes('-->')) isComment = false
    const opening = FENCE.exec(line)?.groups
    if (isComment || opening === undefined) continue
    const { indent = '', fence = '', info = '' } = opening
    const closing = new RegExp(`^[ \\t]*${fence[0]!}{${fence.length},}[ \\t]*$`)
    let end = index + 1
    while (end < lines.length && !closing.test(lines[end]!)) end += 1
    const code = lines
      .slice(index + 1, end)
      .map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text.trimStart()))
      .join('\n')
    // VitePress writes `ts{1,3}` for highlighted lines and `sh [npm]` for tabs.
    const [language = '', ...words] = info
      .trim()
      .replace(/[{[].*?[}\]]/g, ' ')
      .split(/\s+/)
    const name = NAME.exec(code)?.groups?.name
    samples.push({ file, line: index + 1, language, words: words.filter(Boolean), code, name })
    index = end
  }
  return samples
}

/** The files that a sample is compiled and run with, its own last: a page's named blocks, and the sample itself. */
export interface SampleProject {
  readonly sample: Sample
  /** The name of the sample's own file. */
  readonly entry: string
  readonly files: ReadonlyMap<string, Sample>
}

const CODE_LANGUAGES: ReadonlyMap<string, string> = new Map([
  ['ts', 'ts'],
  ['typescript', 'ts'],
  ['mts', 'mts'],
  ['cts', 'cts'],
  ['js', 'js'],
  ['javascript', 'js'],
  ['mjs', 'mjs'],
  ['cjs', 'cjs'],
])

/** Whether TypeScript can check a sample. */
export function isCode({ language }: Sample): boolean {
  return CODE_LANGUAGES.has(language)
}

/**
 * The project of each code block of a page. Of a name that several blocks have, a block sees the last one above it, or
 * the first one below.
 */
export function projectsOf(page: readonly Sample[]): SampleProject[] {
  const blocks = page.filter(isCode)
  return blocks.map((sample, position) => {
    const files = new Map<string, Sample>()
    for (const other of blocks.slice(position + 1).reverse()) if (other.name) files.set(other.name, other)
    for (const other of blocks.slice(0, position)) if (other.name) files.set(other.name, other)
    const entry = sample.name ?? `sample.${CODE_LANGUAGES.get(sample.language)!}`
    files.delete(entry)
    files.set(entry, sample)
    return { sample, entry, files }
  })
}
