import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineEvent, EmissionError, EventEmitter, EventLinker, InlineExecutor } from 'eventlane'
import { describe, expect, it } from 'vitest'
import { anchorsOf } from './support/links.js'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))
const page = readFileSync(new URL('../errors.md', import.meta.url), 'utf8')

/** Codes of Node.js that sources compare with. */
const ofNode = new Set(['ERR_UNKNOWN_FILE_EXTENSION', 'ERR_IPC_CHANNEL_CLOSED', 'ERR_IPC_DISCONNECTED'])

/** What the conformance suite has handlers throw. */
const isOfSuite = (file: string) => /^testing\/src\/(?!recording\/)/.test(file)

const entries = [...page.matchAll(/^### (?<code>ERR_[A-Z_]+)$/gm)].map(({ groups }) => groups?.code ?? '')
const sources = readdirSync(packages)
  .flatMap((name) => sourcesIn(join(packages, name, 'src')))
  .map((file) => readFileSync(file, 'utf8'))
const codes = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/'(?<code>ERR_[A-Z_]+)'/g)].map(({ groups }) => groups?.code ?? ''),
  ),
)

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !isOfSuite(relative(packages, file)))
}

describe('the page of errors', () => {
  it('has an entry for each code that the packages know, and for no other', () => {
    expect(entries.toSorted()).toEqual([...codes].filter((code) => !ofNode.has(code)).toSorted())
    expect(new Set(entries).size).toBe(entries.length)
  })

  it('names each class of errors', () => {
    const names = sources.flatMap((text) =>
      [...text.matchAll(/prototype\.name = '(?<name>\w+)'/g)].map(({ groups }) => groups?.name ?? ''),
    )
    expect(names).toContain('InvalidPayloadError')
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })

  it('is where the message of an error leads, and those of an emission lead there once', async () => {
    const Tick = defineEvent('tick')
    const linker = new EventLinker()
    for (const text of ['one', 'two']) linker.on(Tick, () => Promise.reject(new Error(text)), { local: true })
    await using events = new EventEmitter({ executor: new InlineExecutor(), linker })
    const error: unknown = await events.emit(Tick).then(undefined, (thrown: unknown) => thrown)
    if (!(error instanceof EmissionError)) throw error
    const links = [...error.message.matchAll(/docs: https:\/\/\S+\/errors#(?<anchor>\S+)$/gm)]
    expect(links.map(({ groups }) => groups?.anchor)).toEqual(['err-handler-failed', 'err-emission'])
    for (const { groups } of links) expect(anchorsOf(page)).toContain(groups?.anchor)
  })
})
