import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { listenForTroubles } from './troubles.js'

const PHONE = { width: 390, height: 1600 }
const DESK = { width: 1280, height: 1600 }

/** What was seen of a page on a phone's screen. */
export interface Visit {
  readonly path: string
  /** Console errors, exceptions, and requests that failed or went elsewhere. */
  readonly troubles: readonly string[]
  /** Where its links lead, in full. */
  readonly links: readonly string[]
  readonly anchors: ReadonlySet<string>
  /** How far it reaches beyond the screen, in CSS pixels. */
  readonly overflow: number
}

/** Ground and text of a page, each from 0, black, to 1, white. */
interface Brightness {
  readonly ground: number
  readonly text: number
}

/** What was seen of a page that was also looked at in both colour schemes. */
export interface Look {
  readonly path: string
  readonly light: Brightness
  readonly dark: Brightness
}

/** Opens each page anew, keeps screenshots of it, on a phone and on a desk, light and dark, and adds its look to `looks`. */
export async function openAll(
  context: BrowserContext,
  paths: readonly string[],
  pictures: string,
  looks: Look[],
): Promise<Visit[]> {
  return await inTabs(context, paths, async (page, path) => {
    const troubles = listenForTroubles(page)
    const picture = join(pictures, path.replaceAll(/^\/|\/$/g, '').replaceAll(/[/@]+/g, '-'))
    await page.setViewportSize(PHONE)
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
    await page.goto(path)
    await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
    const seen = await see(page)
    const light = await brightnessOf(page)
    await photograph(page, `${picture}.phone.light.jpg`)
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForFunction(() => document.documentElement.classList.contains('dark'))
    looks.push({ path, light, dark: await brightnessOf(page) })
    await photograph(page, `${picture}.phone.dark.jpg`)
    await page.setViewportSize(DESK)
    await photograph(page, `${picture}.desk.dark.jpg`)
    await page.emulateMedia({ colorScheme: 'light' })
    await page.waitForFunction(() => !document.documentElement.classList.contains('dark'))
    await photograph(page, `${picture}.desk.light.jpg`)
    return { path, troubles: troubles.end(), ...seen }
  })
}

/** Goes from page to page as a visitor does who follows links. */
export async function followAll(
  context: BrowserContext,
  from: string,
  paths: readonly string[],
): Promise<Visit[]> {
  const start = async (page: Page): Promise<void> => {
    await page.setViewportSize(PHONE)
    await page.goto(from)
    await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}))
  }
  const follow = async (page: Page, path: string): Promise<Visit> => {
    const troubles = listenForTroubles(page)
    await page.evaluate((href) => {
      const link = document.createElement('a')
      link.href = href
      document.body.append(link)
      link.click()
      link.remove()
    }, path)
    // The theme names the article after the page that it shows.
    await page.waitForSelector(`[class~="vp-doc"][class~="${path.replaceAll(/[./]+/g, '_')}"]`)
    return { path, troubles: troubles.end(), ...(await see(page)) }
  }
  return await inTabs(context, paths, follow, start)
}

/** Two pages at a time: browsers draw in processes of their own, and this is one more. */
async function inTabs<Result>(
  context: BrowserContext,
  paths: readonly string[],
  visit: (page: Page, path: string) => Promise<Result>,
  start?: (page: Page) => Promise<void>,
): Promise<Result[]> {
  const left = [...paths]
  const results: Result[] = []
  await Promise.all(
    [1, 2].map(async () => {
      const page = await context.newPage()
      await start?.(page)
      for (let path = left.shift(); path !== undefined; path = left.shift())
        results.push(await visit(page, path))
      await page.close()
    }),
  )
  return results
}

async function see(page: Page): Promise<Pick<Visit, 'links' | 'anchors' | 'overflow'>> {
  const { links, anchors, overflow } = await page.evaluate(() => ({
    links: [...document.querySelectorAll<HTMLAnchorElement>('a[href]')].map(({ href }) => href),
    anchors: [...document.querySelectorAll('[id]')].map(({ id }) => id),
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }))
  return { links, anchors: new Set(anchors), overflow }
}

async function brightnessOf(page: Page): Promise<Brightness> {
  const { backgroundColor, color } = await page.evaluate(() => {
    const style = getComputedStyle(document.body)
    return { backgroundColor: style.backgroundColor, color: style.color }
  })
  return { ground: brightness(backgroundColor), text: brightness(color) }
}

function brightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = [...color.matchAll(/[\d.]+/g)].map(Number)
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
}

async function photograph(page: Page, path: string): Promise<void> {
  await page.screenshot({ path, type: 'jpeg', quality: 70, animations: 'disabled' })
}
