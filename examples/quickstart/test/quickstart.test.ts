import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runNode } from '@eventlane/local-programs'
import { describe, expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** Lines of each section, counted; a section begins with its heading after an empty line. */
function sections(stdout: string): object[] {
  return stdout
    .trim()
    .split('\n\n')
    .map((section) => {
      const [heading, ...lines] = section.split('\n')
      const count = (start: string) => lines.filter((line) => line.startsWith(start)).length
      const others = lines.filter((line) => !/^(Started|Finished): a handler that/.test(line))
      return { heading, started: count('Started'), finished: count('Finished'), others }
    })
}

const four = { started: 4, finished: 4 }

describe.each([
  { how: 'as it is built', args: ['dist/main.js'] },
  { how: 'under tsx', args: ['--import', tsx, 'src/main.ts'] },
])('the quickstart, $how,', ({ args }) => {
  it('starts and finishes four handlers each way, says nothing else and ends well', async () => {
    const { code, stdout, stderr } = await runNode(args, { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(sections(stdout)).toEqual([
      { heading: 'ThreadExecutor, leaving a scope', ...four, others: [] },
      { heading: 'ThreadExecutor, shutdown({ wait: true })', ...four, others: ['4 of 4 handlers fulfilled'] },
      { heading: 'ProcessExecutor, leaving a scope', ...four, others: [] },
      {
        heading: 'ProcessExecutor, shutdown({ wait: true })',
        ...four,
        others: ['4 of 4 handlers fulfilled'],
      },
    ])
  })
})
