import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parts } from '../.vitepress/pages.js'
import { chromiumFor, FLAGS, reportMissing } from './chromium.js'
import { fileAt, pathsIn, SiteServer } from './site-server.js'
import { followAll, openAll, type Look, type Visit } from './visit.js'

const base = '/eventlane/'
const reference = `${base}api/`
const forge = 'https://github.com/eventlane/eventlane/'
const repository = fileURLToPath(new URL('../..', import.meta.url))
const built = join(repository, 'docs/.vitepress/dist')
const pictures = fileURLToPath(new URL('screenshots', import.meta.url))

const tests = 'the walk through the built site'
const program = chromiumFor(tests)
const isBuilt = existsSync(join(built, 'index.html'))
if (!isBuilt) reportMissing(`NOT RUN, for want of a built site: ${tests}. Build it: \`pnpm docs:build\``)

// There are some three hundred pages, and other tests take their share of the machine.
const PATIENCE_MS = 900_000

describe.skipIf(program === undefined || !isBuilt)('the built site', { timeout: PATIENCE_MS }, () => {
  let origin: string
  let newContext: (colorScheme: 'light' | 'dark') => Promise<BrowserContext>
  const looks: Look[] = []
  const visits = new Map<string, Visit>()
  const opened: AsyncDisposable[] = []

  beforeAll(async () => {
    const server = await SiteServer.start(built, base)
    opened.push(server)
    origin = server.origin
    const browser = await chromium.launch({
      executablePath: program ?? '',
      args: FLAGS,
      timeout: PATIENCE_MS,
    })
    opened.push(browser)
    newContext = async (colorScheme) => {
      const context = await browser.newContext({ baseURL: origin, colorScheme })
      context.setDefaultTimeout(PATIENCE_MS)
      return context
    }
    rmSync(pictures, { recursive: true, force: true })
    mkdirSync(pictures, { recursive: true })
    const paths = pathsIn(built, base)
    const isFollowed = (path: string): boolean => path.startsWith(reference) && path !== reference
    const context = await newContext('light')
    const seen = [
      ...(await openAll(
        context,
        paths.filter((path) => !isFollowed(path)),
        pictures,
        looks,
      )),
      ...(await followAll(context, reference, paths.filter(isFollowed))),
    ]
    for (const visit of seen) visits.set(visit.path, visit)
    await context.close()
  }, PATIENCE_MS)

  afterAll(async () => {
    for (const each of opened.toReversed()) await each[Symbol.asyncDispose]()
  })

  /** What is wrong with a link, or `undefined`. */
  function problemOf(link: string): string | undefined {
    if (link.startsWith(forge)) {
      const path = /^(?:blob|tree|edit)\/main\/([^#]*)/.exec(link.slice(forge.length))?.[1]
      return path === undefined || existsSync(join(repository, path))
        ? undefined
        : 'the repository has no such file'
    }
    const { origin: host, pathname, hash } = new URL(link)
    if (host !== origin) return undefined
    const target = visits.get(pathname)
    if (target === undefined)
      return fileAt(built, base, decodeURIComponent(pathname)) ? undefined : 'the site has no such page'
    return hash === '' || target.anchors.has(decodeURIComponent(hash.slice(1)))
      ? undefined
      : 'that page has no such anchor'
  }

  it('has in its sidebar every page that people wrote, and no other', () => {
    const listed = parts.flatMap(({ pages }) => pages.map(({ link }) => `${base}${link.slice(1)}`))
    const written = [...visits.keys()].filter((path) => path !== base && !path.startsWith(reference))
    expect(listed.toSorted()).toEqual(written.toSorted())
  })

  it('shows every page without an error on the console and without a failed request', () => {
    const troubles = [...visits.values()].flatMap(({ path, troubles }) =>
      troubles.map((trouble) => `${path}: ${trouble}`),
    )
    expect(troubles).toEqual([])
  })

  it('has no link to a page, an anchor or a file of the repository that does not exist', () => {
    const problems = [...visits.values()].flatMap(({ path, links }) =>
      [...new Set(links)].flatMap((link) => {
        const problem = problemOf(link)
        return problem === undefined ? [] : [`${path}: ${link}: ${problem}`]
      }),
    )
    expect(problems).toEqual([])
  })

  it('has no page that is wider than the screen of a phone', () => {
    const wide = [...visits.values()].filter(({ overflow }) => overflow > 0)
    expect(wide.map(({ path, overflow }) => `${path}: by ${String(overflow)} px`)).toEqual([])
  })

  it('shows dark text on a light ground, and light text on a dark one to who prefers that', () => {
    const unreadable = looks.filter(
      ({ light, dark }) => light.ground < 0.8 || light.text > 0.4 || dark.ground > 0.2 || dark.text < 0.6,
    )
    expect(unreadable).toEqual([])
  })

  it('draws diagrams in the scheme of the page, also where the visitor switches it', async () => {
    const context = await newContext('dark')
    const page = await context.newPage()
    await page.goto(`${base}choosing`)
    /** The brightness of the diagram's ground, from 0 to 255. */
    const ground = async (): Promise<number> => {
      const picture = await page.locator('.vp-doc img').first().screenshot({ type: 'png' })
      return await page.evaluate(async (data) => {
        const image = new Image()
        image.src = `data:image/png;base64,${data}`
        await image.decode()
        const pen = new OffscreenCanvas(image.width, image.height).getContext('2d')
        pen?.drawImage(image, 0, 0)
        return pen?.getImageData(Math.floor(image.width / 2), 8, 1, 1).data[0] ?? Number.NaN
      }, picture.toString('base64'))
    }
    await expect.poll(ground, { timeout: PATIENCE_MS }).toBeLessThan(60)
    await page.locator('.VPNavBarAppearance button').click()
    await page.waitForFunction(() => !document.documentElement.classList.contains('dark'))
    await expect.poll(ground, { timeout: PATIENCE_MS }).toBeGreaterThan(200)
    await context.close()
  })

  it('finds PayloadNotPortableError by its search', async () => {
    const context = await newContext('light')
    const page = await context.newPage()
    await page.goto(base)
    await page.locator('.VPNavBarSearch button').click()
    await page.locator('.VPLocalSearchBox input').fill('PayloadNotPortableError')
    const results = page.locator('.VPLocalSearchBox .result')
    await results.first().waitFor()
    expect((await results.allInnerTexts()).join('\n')).toContain('PayloadNotPortableError')
    await results.first().click()
    await page.waitForURL(({ pathname }) => pathname !== base)
    // The address changes before the page does.
    await page.locator('.vp-doc').filter({ hasText: 'PayloadNotPortableError' }).waitFor()
    await context.close()
  })
})
