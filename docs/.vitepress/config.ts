import { readFileSync } from 'node:fs'
import { defineConfig, type DefaultTheme, type PageData } from 'vitepress'
import { parts, type Page } from './pages.js'
import { summaryOf } from './summary.js'

const repository = 'https://github.com/eventlane/eventlane'
const description =
  'A typed event emitter for Node.js whose handlers run where you point them: on the event loop, in worker threads, in child processes or on other machines.'

/** The API reference as TypeDoc lists it: one entry for each package. */
const reference = JSON.parse(
  readFileSync(new URL('../api/typedoc-sidebar.json', import.meta.url), 'utf8'),
) as DefaultTheme.SidebarItem[]

const itemOf = ({ title, link }: Page): DefaultTheme.SidebarItem => ({ text: title, link })

const guide: DefaultTheme.SidebarItem[] = [
  ...parts.map(({ title, pages }) => ({ text: title, items: pages.map(itemOf) })),
  { text: 'Reference', items: [{ text: 'API', link: '/api/' }] },
]

/** Beside a page of the reference: every package, and what is in its own. Listing all of them would weigh more than the page. */
function referenceBeside(open: string | undefined): DefaultTheme.SidebarItem[] {
  const packages = reference.map((item): DefaultTheme.SidebarItem => {
    const { text = '', link = '', items = [] } = item
    return link === open ? { text, link, collapsed: false, items } : { text, link }
  })
  return [{ text: 'API', link: '/api/', items: packages }]
}

const links = reference.map(({ link = '' }) => link)

export default defineConfig({
  lang: 'en',
  title: 'eventlane',
  description,
  base: '/eventlane/',
  cleanUrls: true,
  metaChunk: true,
  // Beside the reference, what would be prefetched is a hundred pages.
  router: { prefetchLinks: false },
  // The search index, which is loaded when somebody searches.
  vite: { build: { chunkSizeWarningLimit: 2000 } },
  // reference.md is the head of the API reference's first page.
  srcExclude: ['reference.md', 'test/**', 'site/**'],
  sitemap: { hostname: 'https://eventlane.github.io/eventlane/' },
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: '/eventlane/logo.svg' }],
    ['meta', { name: 'theme-color', content: '#0969da' }],
  ],
  markdown: { theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  themeConfig: {
    logo: '/logo.svg',
    nav: [
      { text: 'Quick start', link: '/quick-start' },
      { text: 'Guide', link: '/events', activeMatch: '^/(events|handlers|executors|choosing|semantics)' },
      { text: 'Errors', link: '/errors' },
      { text: 'Migration', link: '/migration/', activeMatch: '^/migration/' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
    ],
    sidebar: {
      '/': guide,
      '/api/': referenceBeside(undefined),
      ...Object.fromEntries(links.map((link) => [link, referenceBeside(link)])),
    },
    outline: { level: [2, 3], label: 'On this page' },
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: `${repository}/edit/main/docs/:path`, text: 'Edit this page' },
    footer: { message: 'MIT licence' },
  },
  transformPageData(page, { siteConfig }): Partial<PageData> | undefined {
    if (page.relativePath.startsWith('api/'))
      return { frontmatter: { ...page.frontmatter, editLink: false, prev: false, next: false } }
    if (page.description !== '') return undefined
    const text = readFileSync(`${siteConfig.srcDir}/${page.relativePath}`, 'utf8')
    return { description: summaryOf(text) ?? description }
  },
})
