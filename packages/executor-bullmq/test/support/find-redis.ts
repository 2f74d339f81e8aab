import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a Redis for tests comes from. */
export type RedisSource =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'program'; readonly program: string }
  | undefined

const PROGRAMS = ['redis-server', 'valkey-server']
const DIRECTORIES = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']

/** What to say where there is none. */
export const INSTALL_REDIS = 'apt-get install -y redis-server, or brew install redis, or set REDIS_URL'

/**
 * Finds a Redis: at `REDIS_URL`, or as a program that tests start themselves.
 *
 * @throws Error where there is none and `EVENTLANE_REQUIRE_REDIS=1`
 */
export function findRedis(): RedisSource {
  const { REDIS_URL, EVENTLANE_REQUIRE_REDIS } = process.env
  if (REDIS_URL) return { kind: 'url', url: REDIS_URL }
  const program = findProgram()
  if (program !== undefined) return { kind: 'program', program }
  if (EVENTLANE_REQUIRE_REDIS === '1') throw new Error(`these tests need a Redis: ${INSTALL_REDIS}`)
  return undefined
}

/** The program of a Redis server, for tests that end it. */
export function findProgram(): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...DIRECTORIES]
  for (const program of PROGRAMS)
    for (const directory of directories) {
      const path = join(directory, program)
      if (isExecutable(path)) return path
    }
  return undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
