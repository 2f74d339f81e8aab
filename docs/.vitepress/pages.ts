/** A page of the documentation, or a group of them. */
export interface Page {
  readonly title: string
  /** Its path below the base of the site, without `.html`; that of a folder ends with `/`. */
  readonly link: string
  readonly pages?: readonly Page[]
}

/** A part of the documentation: one block of the sidebar. */
export interface Part {
  readonly title: string
  readonly pages: readonly Page[]
}

/** Every page that people wrote, in reading order. The API reference follows, as TypeDoc makes it. */
export const parts: readonly Part[] = [
  {
    title: 'Start',
    pages: [
      { title: 'Why', link: '/why' },
      { title: 'Quick start', link: '/quick-start' },
    ],
  },
  {
    title: 'Guide',
    pages: [
      { title: 'Events', link: '/events' },
      { title: 'Handlers and decorators', link: '/handlers' },
      { title: 'Executors', link: '/executors' },
      { title: 'Choosing an execution mode', link: '/choosing' },
      { title: 'Delivery semantics', link: '/semantics' },
      { title: 'Portability', link: '/portability' },
      { title: 'Errors', link: '/errors' },
      { title: 'Shutdown and draining', link: '/shutdown' },
      { title: 'Workers in TypeScript', link: '/typescript' },
      { title: 'Many machines', link: '/many-machines' },
      { title: 'Services', link: '/services' },
      { title: 'Testing your handlers', link: '/testing' },
      { title: 'Observability', link: '/observability' },
      { title: 'Benchmarks', link: '/benchmarks' },
    ],
  },
  {
    title: 'Migration',
    pages: [
      { title: 'From another emitter', link: '/migration/' },
      { title: 'node:events', link: '/migration/node-events' },
      { title: 'emittery', link: '/migration/emittery' },
      { title: 'eventemitter2', link: '/migration/eventemitter2' },
      { title: 'NestJS', link: '/migration/nestjs' },
      { title: 'Pyventus', link: '/migration/pyventus' },
    ],
  },
  {
    title: 'More',
    pages: [
      { title: 'Recipes', link: '/recipes' },
      { title: 'FAQ: what we refuse, and why', link: '/faq' },
    ],
  },
]
