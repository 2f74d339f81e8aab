import { findLocalRedis } from '@eventlane/local-redis'
import ts from 'typescript'
import { checkCommands } from './commands.js'
import { normalize, runSample } from './run-sample.js'
import { isCode, locate, type Sample } from './samples.js'
import type { WrittenProject } from './type-check.js'

/** How a sample is checked. */
export type Kind = 'code' | 'commands' | 'json' | 'output' | 'illustration' | 'unknown'

/** How a sample of a page is checked; output belongs to the block before it. */
export function kindOf(sample: Sample, page: readonly Sample[]): Kind {
  if (isCode(sample)) return 'code'
  switch (sample.language) {
    case 'sh':
    case 'bash':
    case 'shell':
    case 'console':
      return 'commands'
    case 'json':
    case 'jsonc':
      return 'json'
    case 'text':
      if (sample.words.includes('illustration')) return 'illustration'
      return isRun(page[page.indexOf(sample) - 1]) ? 'output' : 'unknown'
    default:
      return 'unknown'
  }
}

/** Whether a sample is a program that is run. */
export function isRun(sample: Sample | undefined): boolean {
  return sample !== undefined && isCode(sample) && sample.words.includes('run')
}

/** Whether a sample that is run needs a Redis: the words `run redis`. It finds it at `REDIS_URL`. */
export function needsRedis(sample: Sample): boolean {
  return isRun(sample) && sample.words.includes('redis')
}

/** What is wrong with a sample that is neither code nor output. */
export function checkText(sample: Sample, page: readonly Sample[]): string[] {
  switch (kindOf(sample, page)) {
    case 'commands':
      return checkCommands(sample, page)
    case 'json': {
      const { error } = ts.parseConfigFileTextToJson(sample.file, sample.code)
      return error
        ? [`${locate(sample)} is not JSON: ${ts.flattenDiagnosticMessageText(error.messageText, '\n')}`]
        : []
    }
    case 'unknown':
      return [
        sample.language === 'text'
          ? `${locate(sample)} is output of nothing: put it right after a block \`\`\`ts run, or mark it \`\`\`text illustration`
          : `${locate(sample)} cannot be checked: ${sample.language ? `nothing checks \`\`\`${sample.language}` : 'it names no language'}`,
      ]
    default:
      return []
  }
}

/** Runs a sample; what is wrong with it, and with the output that the page shows below it. */
export async function checkRun(project: WrittenProject, page: readonly Sample[]): Promise<string[]> {
  const { sample } = project
  let stdout: string
  try {
    await using redis = needsRedis(sample) ? await findLocalRedis({ persistent: true }) : undefined
    stdout = await runSample(project, redis && { REDIS_URL: redis.connection })
  } catch (error) {
    return [`${locate(sample)} ${(error as Error).message}`]
  }
  const next = page[page.indexOf(sample) + 1]
  if (next?.language !== 'text') return []
  const actual = normalize(stdout, project.folder)
  const expected = normalize(next.code)
  return matches(actual, expected)
    ? []
    : [
        `${locate(next)} is not what ${locate(sample)} prints\n--- the page\n${expected}\n--- the program\n${actual}`,
      ]
}

/** Whether output is as the page has it, where `…` stands for anything within a line. */
export function matches(actual: string, expected: string): boolean {
  const pattern = expected
    .split('…')
    .map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${pattern}$`).test(actual)
}
