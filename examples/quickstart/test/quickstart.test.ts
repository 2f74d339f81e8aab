import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'

const directory = fileURLToPath(new URL('..', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

interface ProgramEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(...args: readonly string[]): Promise<ProgramEnd> {
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}

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
    const { code, stdout, stderr } = await run(...args)
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
