import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** For each question of the table in docs/semantics.md, where its cases are: titles in the conformance suite. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'When does a handler start?': ['when a handler starts'],
  'Who gets an emission?': ['who gets an emission'],
  'In what order do handlers start?': ['in what order handlers start', 'local links'],
  'One handler fails': ['when one handler fails', 'a handler may throw anything'],
  '`once`': ['once'],
  '`filter`': ['a link with a filter'],
  'Several events in one link': ['a link to several events'],
  'Namespaces, `anyEvent`': ['a link to a namespace, or to any event'],
  '`linker.next`, `linker.stream`': ['linker.next', 'linker.stream'],
  'Class events': ['a class event'],
  Payload: ['payloads'],
  Result: ['results'],
  'Handler error': ['of a handler error', 'what the emitter cannot read'],
  "`order: 'serial'`": ["a link with order: 'serial'", 'a turn lasts'],
  '`order: (payload) => key`': ['a link with order by key', 'whatever happens to tasks'],
  '`retry`': ['a link with retry', 'an attempt whose handler goes on after its timeout', 'a lost worker'],
  'How often does it run?': ['whatever mix of handlers runs', 'under faults'],
  'A worker dies': ['when a worker dies', 'a worker that runs out of memory'],
  'No worker starts': ['workers that do not start'],
  "A handler's module fails in the worker": ['a handler whose module', 'a module whose import never ends'],
  "Timeout, from the handler's start": ['a timeout', 'a handler that ignores its signal'],
  Cancel: ['cancelling', 'a handler that ignores its signal'],
  '`maxQueue`, `overflow`': [
    'every emission',
    "overflow: 'reject'",
    "overflow: 'wait'",
    "overflow: 'drop-newest'",
    "overflow: 'drop-oldest'",
    'dropped tasks that nobody looks at',
    'whatever the policy',
  ],
  'Several executors': ['beside another executor'],
  '`context.emit`': ['context.emit'],
  Metadata: ['metadata'],
  'Hooks, `emitter.use`': ['hooks'],
  '`drain()`': ['drain'],
  '`shutdown({ wait, cancelPending, timeoutMs })`': ['shutdown'],
  '`await using`': ['await using'],
  '`executor.run`': [
    'a direct run',
    'whatever becomes of direct runs',
    'direct runs for which there is no room',
  ],
  '`asCompleted`, `waitAll`': ['asCompleted', 'waitAll'],
  '`executor.map`': ['mapping a handler over items', 'whatever becomes of items'],
  '`executor.shutdown()`, `executor.terminate()`': [
    'direct runs, when their executor ends',
    'of the executor',
  ],
  '`closeOnSignals(emitter, signals, { timeoutMs })`': ['programs that close on signals'],
  'An emitter is collected with work in flight': ['programs that lose an emitter on'],
  'End of the program': ['programs that use'],
}

const root = new URL('../../../', import.meta.url)

function questions(): string[] {
  const page = readFileSync(new URL('docs/semantics.md', root), 'utf8')
  const [table = ''] = page.split('\n## ', 1)
  const rows = table.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) => row.split(' | ')[0]?.slice(1).trim() ?? '')
}

test('every question of the page about semantics names its cases', () => {
  expect(questions()).toEqual(Object.keys(CASES))
})

test('and the suite has them', () => {
  const sources = fileURLToPath(new URL('packages/testing/src/', root))
  const titles = readdirSync(sources, { recursive: true, encoding: 'utf8' }).flatMap((file) => {
    if (!file.endsWith('.ts')) return []
    const source = readFileSync(`${sources}${file}`, 'utf8')
    return [...source.matchAll(/describe\((['"`])(.*?)\1/g)].map(([, , title = '']) =>
      title.replaceAll(/\s*\$\{\w+\}\s*/g, ' ').trim(),
    )
  })
  for (const wanted of Object.values(CASES).flat()) expect(titles).toContain(wanted)
})
