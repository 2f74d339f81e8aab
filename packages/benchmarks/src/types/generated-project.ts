/** How large a generated project is. */
export interface ProjectSize {
  readonly events: number
  readonly links: number
}

/** Who takes the handlers of a project: linkers, or a plain function for each event. */
export type ProjectStyle = 'eventlane' | 'plain functions'

const EVENTS_PER_MODULE = 10
const LINKS_PER_MODULE = 40

/** Every fifth event goes by its name in the event map; the others have a definition. */
const NAMED_EVENTS = 5

interface GeneratedEvent {
  readonly index: number
  readonly isNamed: boolean
  /** The module that defines it, without its extension. */
  readonly module: string
  readonly payload: string
  readonly definition: string
  readonly name: string
  /** The plain function that takes its handlers. */
  readonly subscribe: string
}

/**
 * The TypeScript modules of a project: payload types, something to link to for each of them, and links, whose handlers have all of
 * their types inferred. The same in both styles, but for what it is linked by.
 *
 * One handler reads what its payload lacks, below `@ts-expect-error`: where payloads were not inferred, the project would not
 * compile.
 */
export function generateProject(style: ProjectStyle, { events, links }: ProjectSize): Map<string, string> {
  const all = Array.from({ length: events }, (_, index) => eventAt(index))
  const modules = new Map<string, string>()
  for (const members of chunks(all, EVENTS_PER_MODULE)) {
    const [first] = members
    if (first) modules.set(`${first.module}.ts`, eventModule(style, members))
  }
  if (style === 'eventlane') modules.set('linker.ts', linkerModule(all.filter(({ isNamed }) => isNamed)))
  const linked = Array.from({ length: links }, (_, index) => ({
    index,
    event: all[index % events] as GeneratedEvent,
  }))
  for (const [index, members] of chunks(linked, LINKS_PER_MODULE).entries()) {
    const lines = members.map(({ index: link, event }) => linkTo(style, event, handlerOf(link)))
    if (index === 0)
      lines.push(
        '// @ts-expect-error -- payloads have no such property',
        linkTo(style, all[0] as GeneratedEvent, 'order.missing'),
      )
    modules.set(
      `links-${index}.ts`,
      `${importsOf(
        style,
        members.map(({ event }) => event),
      )}\n\n${lines.join('\n')}\n`,
    )
  }
  return modules
}

function eventAt(index: number): GeneratedEvent {
  return {
    index,
    isNamed: index % NAMED_EVENTS === NAMED_EVENTS - 1,
    module: `events-${Math.floor(index / EVENTS_PER_MODULE)}`,
    payload: `Order${index}`,
    definition: `OrderPlaced${index}`,
    name: `shop-${Math.floor(index / EVENTS_PER_MODULE)}.order-${index}`,
    subscribe: `onOrderPlaced${index}`,
  }
}

function eventModule(style: ProjectStyle, members: readonly GeneratedEvent[]): string {
  const imports = style === 'eventlane' ? ["import { defineEvent, payload } from '@eventlane/core'"] : []
  const declarations = members.flatMap((event) => [
    `export interface ${event.payload} {`,
    '  readonly id: string',
    `  readonly total${event.index}: number`,
    '  readonly placedAt: Date',
    '  readonly lines: readonly { readonly article: string; readonly count: number }[]',
    '}',
    ...linkTarget(style, event),
  ])
  return `${[...imports, ...declarations].join('\n')}\n`
}

function linkTarget(
  style: ProjectStyle,
  { isNamed, definition, name, payload, subscribe }: GeneratedEvent,
): string[] {
  if (style === 'plain functions') {
    return [
      `export declare function ${subscribe}(handler: (order: ${payload}) => unknown, options?: { readonly local?: boolean }): void`,
    ]
  }
  return isNamed ? [] : [`export const ${definition} = defineEvent('${name}', payload<${payload}>())`]
}

function linkerModule(named: readonly GeneratedEvent[]): string {
  return [
    "import { EventLinker } from '@eventlane/core'",
    ...named.map(({ payload, module }) => `import type { ${payload} } from './${module}.js'`),
    'export interface Events {',
    ...named.map(({ name, payload }) => `  '${name}': ${payload}`),
    '}',
    'export const linker = new EventLinker<Events>()',
    '',
  ].join('\n')
}

function importsOf(style: ProjectStyle, linked: readonly GeneratedEvent[]): string {
  const imports = [...new Set(linked)].flatMap(({ isNamed, definition, subscribe, module }) => {
    if (style === 'plain functions') return [`import { ${subscribe} } from './${module}.js'`]
    return isNamed ? [] : [`import { ${definition} } from './${module}.js'`]
  })
  return [...imports, ...(style === 'eventlane' ? ["import { linker } from './linker.js'"] : [])].join('\n')
}

function handlerOf(link: number): string {
  return `{ const count = order.lines.reduce((sum, line) => sum + line.count, ${link}); return \`\${order.id} \${order.placedAt.toISOString()} \${count}\` }`
}

function linkTo(style: ProjectStyle, event: GeneratedEvent, body: string): string {
  const handler = `(order) => ${body}, { local: true }`
  if (style === 'plain functions') return `${event.subscribe}(${handler})`
  return `linker.on(${event.isNamed ? `'${event.name}'` : event.definition}, ${handler})`
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
