import type { ConsoleMessage, Page, Request, Response } from 'playwright-core'

/** Notes what goes wrong on a page, until the end; then it gives what it has noted. */
export function listenForTroubles(page: Page): { end(): readonly string[] } {
  const troubles: string[] = []
  const onConsole = (message: ConsoleMessage): void => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text())
  }
  const onError = (error: Error): void => {
    troubles.push(String(error))
  }
  const onRequest = (request: Request): void => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol !== 'data:' && hostname !== '127.0.0.1')
      troubles.push(`request to elsewhere: ${request.url()}`)
  }
  const onResponse = (response: Response): void => {
    if (response.status() >= 400) troubles.push(`${String(response.status())} for ${response.url()}`)
  }
  const onFailure = (request: Request): void => {
    troubles.push(`${request.failure()?.errorText ?? 'failed'}: ${request.url()}`)
  }
  page.on('console', onConsole)
  page.on('pageerror', onError)
  page.on('request', onRequest)
  page.on('response', onResponse)
  page.on('requestfailed', onFailure)
  return {
    end: () => {
      page.off('console', onConsole)
      page.off('pageerror', onError)
      page.off('request', onRequest)
      page.off('response', onResponse)
      page.off('requestfailed', onFailure)
      return troubles
    },
  }
}
