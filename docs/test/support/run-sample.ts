import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { WrittenProject } from './type-check.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

// A reader runs samples without Vitest, which eventlane sees, and says so.
const { VITEST: _, ...outsideTests } = process.env

/**
 * Runs a sample as `tsx` would; gives what it printed, or throws what went wrong.
 *
 * @param env what its environment has besides that of the tests
 */
export function runSample(
  { entryFile, folder }: WrittenProject,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(process.execPath, ['--import', tsx, entryFile], {
    cwd: folder,
    env: { ...outsideTests, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0 && stderr === '') resolve(stdout)
      else
        reject(
          new Error(
            `ended with ${code}${stderr && code === 0 ? ', and wrote to stderr' : ''}\n${stdout}${stderr}`,
          ),
        )
    })
  })
}

/**
 * Replaces what differs from run to run by placeholders, which pages may use too: `<ms>`, `<pid>`, `<uuid>`, `<path>`.
 *
 * @param folder the folder that the sample ran in; its path becomes `<path>`
 */
export function normalize(output: string, folder?: string): string {
  const text = folder === undefined ? output : output.replaceAll(folder, '<path>')
  return text
    .replaceAll(/file:\/\/(?:\/?<path>|[^\s'"`)]*)\/(?=[\w.-]+)/g, 'file:///<path>/')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>')
    .replaceAll(/(?:<ms>|\b\d+(?:\.\d+)?) ?ms\b/g, '<ms> ms')
    .replaceAll(/\b(pid:? ?|process |worker |node:)\d+\b/gi, '$1<pid>')
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
}
