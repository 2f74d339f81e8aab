import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startNode, type RunningProgram } from '@eventlane/local-programs'
import { describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

const ORDER = { id: 'o-1', item: 'book', quantity: 2, cents: 1999 }

/** Starts the built application on a free port. */
function start(executor: string): RunningProgram {
  return startNode([main], { env: { ...process.env, NO_COLOR: '1', PORT: '0', EXECUTOR: executor } })
}

/** What a client sees of the application, and what it says at its end. */
async function visit(executor: string) {
  const program = start(executor)
  const [, url] = await program.printed(/^listening on (\S+), handlers in .+\n/m)
  const post = async (body: unknown) => {
    const response = await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: await response.json() }
  }
  const receipts = async (): Promise<any> => await (await fetch(`${url}/orders/receipts`)).json()

  const answers = [
    await post(ORDER),
    await post({ ...ORDER, quantity: 0.5 }),
    await post({ ...ORDER, id: 'o-2', quantity: 99 }),
  ]
  while ((await receipts()).length === 0) await sleep(5)
  const [{ mode, ...receipt }] = await receipts()
  // Its receipt is not waited for: it is ready at the end all the same.
  answers.push(await post({ ...ORDER, id: 'o-3' }))
  program.kill('SIGTERM')
  const { code, stdout, stderr } = await program.ended
  return { mode, outcome: { answers, receipt, code, stderr }, stdout }
}

describe('the application', () => {
  it.each([
    ['inline', 'main-event-loop-async'],
    ['thread', 'separate-thread'],
    ['process', 'separate-process'],
  ])('under EXECUTOR=%s does the same as anywhere, in %s', async (executor, expected) => {
    const { mode, outcome, stdout } = await visit(executor)
    expect(mode).toBe(expected)
    expect(outcome).toEqual({
      answers: [
        { status: 201, body: { id: 'o-1', risk: 9, left: 8 } },
        {
          status: 400,
          body: { error: 'invalid payload', issues: [expect.objectContaining({ path: 'payload.quantity' })] },
        },
        { status: 409, body: expect.objectContaining({ message: 'there are not 99 of book' }) },
        { status: 201, body: { id: 'o-3', risk: 9, left: 6 } },
      ],
      receipt: { id: 'o-1', seal: '1c61c4c3c93b46145dacde25451ccb577ce65e9ae4e2577cd7fda46f0d18cb88' },
      code: 'SIGTERM',
      stderr: '',
    })
    expect(stdout).toContain('the receipt of o-3 is ready')
    expect(stdout).toContain('of 10 tasks 9 were fulfilled')
  })

  it('does not start under an executor that there is not', async () => {
    const { code, stderr } = await start('gpu').ended
    expect(stderr).toContain('EXECUTOR is gpu: it must be inline, thread or process')
    expect(code).toBe(1)
  })
})
