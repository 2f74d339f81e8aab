import type { ProgramEnd, RunningProgram } from '@eventlane/local-programs'
import { freePort } from '@eventlane/local-redis'
import { describe, expect, test } from 'vitest'
import { collapses, lingers, Ordered, records } from './support/command-handlers.mjs'
import { COMMAND_HANDLERS, startCommand } from './support/command.js'
import { describeWithRedis, type TestRedis } from './support/describe-with-redis.js'
import { setRecord } from './support/record.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

function worker({ connection }: TestRedis, prefix: string, ...args: string[]): RunningProgram {
  return startCommand(['--redis', connection, '--prefix', prefix, '--modules', COMMAND_HANDLERS, ...args])
}

describeWithRedis('eventlane-worker', (redis) => {
  test('runs the handlers of its modules, answers health checks, and ends in peace on SIGTERM', async () => {
    const { events, linker, prefix } = setStage(redis)
    const { file, said } = setRecord()
    linker.on(Ordered, records)
    const port = await freePort()
    const command = worker(redis, prefix, '--health-port', String(port), '--executor', 'inline')
    await command.printed(/ready/)
    const health = await fetch(`http://127.0.0.1:${String(port)}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toMatchObject({ status: 'ready', running: 0 })
    await events.emit(Ordered, { file, label: 'a' })
    await until(() => said('ran a'), 'the handler runs')
    command.kill('SIGTERM')
    const { code, stdout } = await command.ended
    expect(code).toBe(143)
    expect(stdout).toContain('shut down')
  })

  test('lets running handlers end when it is told to end, and takes nothing more', async () => {
    const { events, linker, prefix } = setStage(redis)
    const { file, said, lines } = setRecord()
    linker.on(Ordered, lingers)
    const command = worker(redis, prefix, '--concurrency', '1')
    await command.printed(/ready/)
    await events.emit(Ordered, { file, label: 'a', ms: 500 })
    await until(() => said('started a'), 'the handler starts')
    await events.emit(Ordered, { file, label: 'b', ms: 1 })
    command.kill('SIGTERM')
    await command.ended
    expect(lines().map((line) => line.split(' ', 2).join(' '))).toEqual(['started a', 'ended a'])
    expect(await redis.client.llen(`${prefix}:main:wait`)).toBe(1)
  })

  test('hands back what does not end in time, so that another one runs it', async () => {
    const { events, linker, prefix } = setStage(redis)
    const { file, said } = setRecord()
    linker.on(Ordered, lingers)
    const command = worker(redis, prefix, '--concurrency', '1', '--shutdown-timeout-ms', '100')
    await command.printed(/ready/)
    await events.emit(Ordered, { file, label: 'a', ms: 60_000 })
    await until(() => said('started a'), 'the handler starts')
    command.kill('SIGTERM')
    const { stdout } = await command.ended
    expect(stdout).toContain('handed back')
    expect(await redis.client.llen(`${prefix}:main:wait`)).toBe(1)
    expect(await redis.client.llen(`${prefix}:main:active`)).toBe(0)
  })

  test('lists dead letters, has them run again, and forgets them', async () => {
    const { events, linker, prefix, executor } = setStage(redis, { attempts: 1 })
    const { file } = setRecord()
    linker.on(Ordered, collapses)
    const command = worker(redis, prefix, '--executor', 'inline')
    await command.printed(/ready/)
    await events.emit(Ordered, { file, label: 'a' })
    await command.printed(/failed/)
    await expect.poll(() => executor.deadLetters.count()).toBe(1)
    const tend = (...args: string[]): Promise<ProgramEnd> =>
      startCommand(['dead-letters', ...args, '--redis', redis.connection, '--prefix', prefix]).ended
    const list = await tend('list')
    const letter = JSON.parse(list.stdout) as { readonly id: string; readonly reason: string }
    expect(letter.reason).toBe('RangeError: collapsed')
    await tend('retry', letter.id)
    await expect.poll(() => executor.deadLetters.count()).toBe(1)
    await tend('remove', letter.id)
    expect(await executor.deadLetters.count()).toBe(0)
    const missing = await tend('retry', letter.id)
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain('no dead letter')
  })
})

describe('eventlane-worker without a Redis', () => {
  for (const [what, args, message] of [
    ['no modules', [], '--modules is missing'],
    ['an unknown flag', ['--module', './x.js'], '--module'],
    ['text for a number', ['--modules', 'x.js', '--concurrency', 'many'], '--concurrency'],
    ['an unknown executor', ['--modules', 'x.js', '--executor', 'fork'], '--executor'],
    ['an unknown action', ['dead-letters', 'burn', '1'], 'unknown arguments'],
    ['an id too few', ['dead-letters', 'retry'], 'unknown arguments'],
  ] as const)
    test(`refuses ${what}, and names it`, async () => {
      const { code, stdout, stderr } = await startCommand(args).ended
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(message)
    })

  test('refuses signing keys that are too short', async () => {
    const env = { EVENTLANE_SIGNING_KEYS: 'a:short' }
    const { code, stderr } = await startCommand(['--modules', 'x.js'], env).ended
    expect(code).toBe(1)
    expect(stderr).toContain('EVENTLANE_SIGNING_KEYS')
  })

  test('says what it can do', async () => {
    const { code, stdout, stderr } = await startCommand(['--help']).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('--health-port')
  })
})
