import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { COMMAND_HANDLERS } from './support/command.js'
import { describeWithRedis } from './support/describe-with-redis.js'
import { setRecord } from './support/record.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

const PROGRAM = fileURLToPath(new URL('./support/emitter-program.mjs', import.meta.url))
const execute = promisify(execFile)

/** Has two programs emit the same at once, and gives what they print. */
async function emitTwice(told: Readonly<Record<string, unknown>>): Promise<string[]> {
  const program = async (): Promise<string> => {
    const { stdout } = await execute(process.execPath, [PROGRAM, JSON.stringify(told)])
    return stdout.trim()
  }
  return await Promise.all([program(), program()])
}

describeWithRedis('of two programs that emit the same event', (redis) => {
  test('a once link is refused in both, since each would make a task', async () => {
    const { prefix, connection } = setStage(redis)
    const executor = { connection, prefix }
    const said = await emitTwice({ executor, link: { once: true }, order: {} })
    expect(said).toEqual(['ERR_INVALID_LINK', 'ERR_INVALID_LINK'])
    expect(await redis.client.keys(`${prefix}:main:*`)).toEqual([])
  })

  for (const [results, outcome] of [
    ['hand-over', 'handed-over'],
    ['await', 'fulfilled'],
  ] as const) {
    test(`an emission of the same id is the same, and runs once: ${results}`, async () => {
      const { prefix, connection, work } = setStage(redis)
      const { file, lines } = setRecord()
      const worker = await work({ modules: [COMMAND_HANDLERS] })
      const executor = { connection, prefix, results }
      const order = { file, label: 'a' }
      const said = await emitTwice({ executor, order, options: { emissionId: 'order-1' } })
      expect(said).toEqual([outcome, outcome])
      await until(() => worker.stats().fulfilled === 1, 'the handler has run')
      expect(lines()).toHaveLength(1)
    })
  }
})
