#!/usr/bin/env node
import { resolve } from 'node:path'
import { closeOnSignals } from '@eventlane/core'
import { HELP, readCommandLine, type CommandOptions } from './command/command-options.js'
import { DeadLetters } from './job/dead-letters.js'
import { serveHealth } from './command/health-check.js'
import type { QueueLocation } from './job/queue-options.js'
import { createWorker, type RemoteWorker } from './worker/remote-worker.js'

try {
  await run(readCommandLine(process.argv.slice(2), process.env))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function run(options: CommandOptions): Promise<void> {
  switch (options.action) {
    case 'help':
      process.stdout.write(HELP)
      return
    case 'work':
      await work(options)
      return
    case 'list':
    case 'retry':
    case 'remove':
      await tendDeadLetters(options)
  }
}

async function work(options: CommandOptions): Promise<void> {
  const { modules, concurrency, executor, healthPort, shutdownTimeoutMs, parkMs, signingKeys } = options
  const started: { worker?: RemoteWorker } = {}
  if (healthPort !== undefined) await serveHealth(() => started.worker, healthPort)
  const worker = await createWorker({
    ...locationOf(options),
    modules: modules.map((module) => resolve(module)),
    executor,
    shutdownTimeoutMs,
    log,
    onError: (error) => {
      log(`error: ${error.message}`)
    },
    ...(concurrency !== undefined && { concurrency }),
    ...(parkMs !== undefined && { parkMs }),
    ...(signingKeys.length > 0 && { signingKeys }),
  })
  started.worker = worker
  closeOnSignals(worker)
}

async function tendDeadLetters(options: CommandOptions): Promise<void> {
  await using letters = new DeadLetters(locationOf(options))
  const { action, id = '' } = options
  if (action === 'retry') await letters.retry(id)
  else if (action === 'remove') await letters.remove(id)
  else
    for (const { body: _body, stack: _stack, ...letter } of await letters.list())
      console.log(JSON.stringify(letter))
}

function locationOf({ redis, prefix, group, shards }: CommandOptions): QueueLocation {
  return {
    connection: redis,
    ...(prefix !== undefined && { prefix }),
    ...(group !== undefined && { group }),
    ...(shards !== undefined && { order: { shards } }),
  }
}

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`)
}
