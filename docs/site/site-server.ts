import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
}

/** The built site on a free port of 127.0.0.1, as a static host serves it: `/page` is `page.html`, `/folder/` its `index.html`. */
export class SiteServer implements AsyncDisposable {
  readonly origin: string
  readonly #server: Server

  private constructor(server: Server) {
    const { port } = server.address() as AddressInfo
    this.origin = `http://127.0.0.1:${String(port)}`
    this.#server = server
  }

  /**
   * @param folder what was built
   * @param base the path that it is served under, such as `/eventlane/`
   */
  static async start(folder: string, base: string): Promise<SiteServer> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site')
      const file = fileAt(folder, base, decodeURIComponent(pathname))
      if (file === undefined) {
        response.writeHead(404).end(`no such page: ${pathname}`)
        return
      }
      const isLasting = pathname.startsWith(`${base}assets/`)
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'cache-control': isLasting ? 'max-age=31536000, immutable' : 'no-cache',
      })
      response.end(readFileSync(file))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new SiteServer(server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** The file that a path of the site stands for. */
export function fileAt(folder: string, base: string, path: string): string | undefined {
  if (!path.startsWith(base) || path.includes('..')) return undefined
  const name = path.slice(base.length)
  const names = name === '' || name.endsWith('/') ? [`${name}index.html`] : [name, `${name}.html`]
  return names.map((each) => join(folder, each)).find((file) => existsSync(file) && statSync(file).isFile())
}

/** The paths of all pages, as links have them, in order. */
export function pathsIn(folder: string, base: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .map((file) => `${base}${file.replaceAll('\\', '/').replace(/(^|\/)index\.html$|\.html$/, '$1')}`)
    .toSorted()
}
