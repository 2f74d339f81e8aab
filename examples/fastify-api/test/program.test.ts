import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runNode, startNode } from '@eventlane/local-programs'
import { describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

const QUOTE = { price: 100, strike: 105, volatility: 0.2, days: 365, draws: 400_000 }
const ANSWER = { value: 5.8988, draws: 400_000 }
/** Would take a minute. */
const ENDLESS = { ...QUOTE, draws: 1_000_000_000 }

async function server(...args: readonly string[]) {
  const program = startNode([main, '--port', '0', ...args])
  const [, url] = await program.printed(/^listening on (.+)\n/)
  return {
    program,
    get: (path: string) => fetch(`${url}${path}`),
    post: (body: unknown, signal?: AbortSignal) =>
      fetch(`${url}/quotes`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal && { signal }),
      }),
    /** Resolves when the server says so of itself. */
    async until(holds: (stats: any) => boolean): Promise<void> {
      for (;;) {
        const response = await fetch(`${url}/stats`)
        if (holds(await response.json())) return
        await sleep(5)
      }
    },
  }
}

describe('the command line', () => {
  it.each([
    ['an unknown executor', ['--executor', 'gpu'], /Allowed choices are inline, thread/],
    ['no port', ['--port', ''], /whole number from 0 to 65535/],
  ])('says in one line what is wrong with %s', async (_, args, message) => {
    const { stdout, stderr, code } = await runNode([main, ...args])
    expect(stderr.trim()).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

describe.each(['inline', 'thread'])('the server with the %s executor', (executor) => {
  it('answers light and heavy requests, refuses what is invalid, and ends when it is told to', async () => {
    const { program, get, post, until } = await server('--executor', executor)
    const light = await get('/products/p-1')
    expect([light.status, await light.json()]).toEqual([200, { id: 'p-1', name: 'Product p-1' }])
    await until(({ views }) => views['p-1'] === 1)

    const heavy = await post(QUOTE)
    expect([heavy.status, await heavy.json()]).toEqual([200, ANSWER])

    const invalid = await post({ ...QUOTE, days: 0.5 })
    expect(invalid.status).toBe(400)
    expect(await invalid.json()).toMatchObject({
      error: 'invalid payload',
      issues: [{ path: 'payload.days' }],
    })
    for (const body of ['null', '{']) expect([body, (await post(body)).status]).toEqual([body, 400])

    program.kill('SIGTERM')
    const { code, stdout, stderr } = await program.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('closed: of 2 tasks 2 were fulfilled, 0 cancelled')
  })
})

describe('the server with one worker, for which one request may wait', () => {
  it('answers 503 when the queue is full, and ends the work of a client that disconnects', async () => {
    const { program, get, post, until } = await server('--workers', '1', '--max-queue', '1')
    const client = new AbortController()
    const endless = post(ENDLESS, client.signal)
    await until(({ running, queued }) => running === 1 && queued === 0)
    const waiting = post(QUOTE)
    await until(({ queued }) => queued === 1)

    const refused = await post(QUOTE)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await get('/products/p-1')).status).toBe(200)

    client.abort()
    await expect(endless).rejects.toThrow('aborted')
    const served = await waiting
    expect([served.status, await served.json()]).toEqual([200, ANSWER])

    program.kill('SIGTERM')
    const { code, stdout, stderr } = await program.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('closed: of 3 tasks 2 were fulfilled, 1 cancelled')
  })

  it('answers what runs and what waits when it is told to end', async () => {
    const { program, post, until } = await server('--workers', '1', '--max-queue', '1')
    const first = post({ ...QUOTE, draws: 4_000_000 })
    await until(({ running }) => running === 1)
    const second = post(QUOTE)
    await until(({ queued, counts }) => queued === 1 || counts.fulfilled === 2)
    program.kill('SIGTERM')
    const statuses = [(await first).status, (await second).status]
    const { code, stdout, stderr } = await program.ended
    expect({ statuses, code, stderr }).toEqual({ statuses: [200, 200], code: 0, stderr: '' })
    expect(stdout).toContain('closed: of 2 tasks 2 were fulfilled, 0 cancelled')
  })
})

describe('the comparison', () => {
  it('loads both executors, none of whose requests fails, and finds that they answer the same', async () => {
    const { code, stdout, stderr } = await runNode([main, '--compare', '--seconds', '1', '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { measurements, answers, identical } = JSON.parse(stdout)
    expect(measurements).toMatchObject([
      { executor: 'inline', failed: 0 },
      { executor: 'thread', failed: 0 },
      { executor: 'thread', failed: 0 },
    ])
    expect(JSON.parse(answers.inline)).toEqual(ANSWER)
    expect(identical).toBe(true)
  })
})
