import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { jobOn } from './support/job-on.js'
import { setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

/** A module that leaves a trace when it is imported. */
function evilModule() {
  const directory = mkdtempSync(join(tmpdir(), 'eventlane-evil-'))
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  const file = join(directory, 'evil.mjs')
  const trace = join(directory, 'imported')
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs'
     writeFileSync(${JSON.stringify(trace)}, '')
     export function run() { writeFileSync(${JSON.stringify(trace)}, '') }`,
  )
  return { file, isImported: () => existsSync(trace) }
}

describeWithRedis('a worker whose Redis others write to', (redis) => {
  for (const executor of ['inline', 'process'] as const)
    test(`imports and calls nothing of theirs, puts all of it aside, and runs the next good task: ${executor}`, async () => {
      const stage = setStage(redis, { results: 'await' })
      const { events, linker, job, prefix, witness } = stage
      linker.on(Work, notes)
      const evil = evilModule()
      const worker = await new WorkerProcess(stage, { executor, parkMs: 100, concurrency: 2 }).ready()
      const here = fileURLToPath(new URL('./support/', import.meta.url))
      const handlers = [
        `${pathToFileURL(evil.file).href}#run`,
        `${evil.file}#run`,
        `${relative(here, evil.file)}#run`,
        `@eventlane/executor-bullmq/test/support/${relative(here, evil.file).replace('.mjs', '')}#run`,
        `data:text/javascript,process.exit()#default`,
        '@eventlane/executor-bullmq/test/support/handlers#constructor',
        '@eventlane/executor-bullmq/test/support/handlers#__proto__',
        'toString',
      ]
      for (const handler of handlers) await jobOn(redis, prefix, { handler, event: Work.name })
      const bodies = [
        '{"json":{"a":{}},"meta":{"values":{"__proto__.polluted":["Date"]},"v":1}}',
        '{"json":{"a":1},"meta":{"values":{"a":[["class","Function"]]},"v":1}}',
        '{"json":{"a":1},"meta":{"values":{"a":[["custom","evil"]]},"v":1}}',
        `{"json":"${'x'.repeat(10_000_000)}"}`,
        'not json',
      ]
      for (const body of bodies) await jobOn(redis, prefix, { of: notes, event: Work.name, body })
      const key = `${prefix}:main`
      await redis.client.hset(`${key}:bad`, { name: 'bad', timestamp: '1', data: '{', opts: '{' })
      await redis.client.lpush(`${key}:wait`, 'bad')
      await expect
        .poll(() => redis.client.zcard(`${key}:failed`), { timeout: 10_000 })
        .toBe(handlers.length + bodies.length + 1)
      expect((await events.emit(Work, job('good'))).of(notes)).toMatchObject({ value: 'good' })
      expect(evil.isImported()).toBe(false)
      expect(witness.labels('ran')).toEqual(['good'])
      expect(await redis.client.llen(`${key}:active`)).toBe(0)
      expect(worker.hasEnded).toBe(false)
    })
})
