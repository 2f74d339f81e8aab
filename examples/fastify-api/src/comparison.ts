import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import autocannon, { type Result } from 'autocannon'
import type { ExecutorName } from './arguments.js'

const LIGHT_CONNECTIONS = 10
/** What the light route is asked in a second, by all of its connections: far from what the server could do. */
const LIGHT_RATE = 400
const HEAVY_CONNECTIONS = 4
const QUOTE = { price: 100, strike: 105, volatility: 0.2, days: 365 }

/** One row of the comparison: the light route, while heavy requests run or not. */
export interface Measurement {
  readonly executor: ExecutorName
  readonly light: Result
  /** None where the light route was measured by itself. */
  readonly heavy: Result | undefined
}

/** All rows, and what the servers answered. */
export interface Comparison {
  readonly measurements: readonly Measurement[]
  /** The answer to a heavy request, by executor. */
  readonly answers: Readonly<Record<ExecutorName, string>>
  /** Whether these are the same. */
  readonly identical: boolean
}

/** Measures the light route three times: by itself, and beside heavy requests with either executor. */
export async function compare(seconds: number): Promise<Comparison> {
  const inline = await withServer('inline', async (url) => ({
    answer: await quote(url),
    measurements: [await measure(url, 'inline', seconds, true)],
  }))
  const thread = await withServer('thread', async (url) => ({
    answer: await quote(url),
    measurements: [await measure(url, 'thread', seconds, true), await measure(url, 'thread', seconds, false)],
  }))
  return {
    measurements: [...inline.measurements, ...thread.measurements],
    answers: { inline: inline.answer, thread: thread.answer },
    identical: inline.answer === thread.answer,
  }
}

/** A server is a process of its own, so that the one that sends requests does not slow it down. */
async function withServer<Found>(
  executor: ExecutorName,
  use: (url: string) => Promise<Found>,
): Promise<Found> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const server = spawn(process.execPath, [main, '--executor', executor, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(server, 'close')
  try {
    for await (const line of createInterface(server.stdout)) {
      const [, url] = /^listening on (.*)/.exec(line) ?? []
      if (url !== undefined) return await use(url)
    }
    throw new Error(`the server with the ${executor} executor has ended`)
  } finally {
    server.kill()
    server.stdout.resume()
    await ended
  }
}

async function measure(
  url: string,
  executor: ExecutorName,
  seconds: number,
  underLoad: boolean,
): Promise<Measurement> {
  const heavy = underLoad ? askForQuotes(url, seconds) : undefined
  const light = autocannon({
    url: `${url}/products/p-1`,
    connections: LIGHT_CONNECTIONS,
    overallRate: LIGHT_RATE,
    ignoreCoordinatedOmission: true,
    duration: seconds,
  })
  return { executor, light: await light, heavy: await heavy }
}

/** Each connection asks again as soon as it has its answer. */
function askForQuotes(url: string, seconds: number): PromiseLike<Result> {
  return autocannon({
    url: `${url}/quotes`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(QUOTE),
    connections: HEAVY_CONNECTIONS,
    duration: seconds,
  })
}

async function quote(url: string): Promise<string> {
  const response = await fetch(`${url}/quotes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(QUOTE),
  })
  return await response.text()
}
