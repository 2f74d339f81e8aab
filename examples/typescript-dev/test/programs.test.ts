import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { runNode } from '@eventlane/local-programs'
import { expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx/cli')
const stripsTypes = 'typescript' in process.features && Boolean(process.features.typescript)

it('tsx runs decorated and defined handlers in threads and processes', async () => {
  const stdout = `Moderation.clean  Ada: What the ... is a lane?
count             6 words, in separate-thread
Moderation.clean  Ada: What the ... is a lane?
count             6 words, in separate-process
`
  expect(await runNode([tsx, 'src/main.ts'], { cwd })).toEqual({ code: 0, stdout, stderr: '' })
})

it.runIf(stripsTypes)('Node.js alone runs defined handlers in both (not before 22.18)', async () => {
  const stdout = `count             6 words, in separate-thread
count             6 words, in separate-process
`
  expect(await runNode(['src/native.ts'], { cwd })).toEqual({ code: 0, stdout, stderr: '' })
})
