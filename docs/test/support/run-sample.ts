import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { RunningProgram } from '@eventlane/local-programs'
import type { WrittenProject } from './type-check.js'

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

// A reader runs samples without Vitest, which eventlane sees, and says so.
const { VITEST: _, ...outsideTests } = process.env

/**
 * Runs a sample as `tsx` would; gives what it printed, or throws what went wrong.
 *
 * @param env what its environment has besides that of the tests
 */
export async function runSample(
  { entryFile, folder }: WrittenProject,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, stdout, stderr } = await new RunningProgram(['--import', tsx, entryFile], {
    cwd: folder,
    env: { ...outsideTests, ...env },
  }).ended
  if (code === 0 && stderr === '') return stdout
  throw new Error(
    `ended with ${code}${stderr && code === 0 ? ', and wrote to stderr' : ''}\n${stdout}${stderr}`,
  )
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
