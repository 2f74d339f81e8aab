import { fileURLToPath } from 'node:url'
import { runNode } from '@eventlane/local-programs'
import { expect, it } from 'vitest'

const main = fileURLToPath(new URL('../main.cjs', import.meta.url))

const OUTPUT = `Node.js ${process.versions.node}
Shelves.fill  12 x lamp, in separate-thread
label         LAMP, in separate-thread
price         468 EUR, in separate-thread
Shelves.fill  12 x lamp, in separate-process
label         LAMP, in separate-process
price         468 EUR, in separate-process
`

it('a CommonJS program has its handlers run in threads and processes, and Node.js warns of nothing', async () => {
  expect(await runNode([main])).toEqual({ code: 0, stdout: OUTPUT, stderr: '' })
})
