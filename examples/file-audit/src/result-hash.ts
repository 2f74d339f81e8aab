import { createHash } from 'node:crypto'
import type { AuditRun } from './audit.js'

/** The sha-256 of the sorted result list, failures included: equal for equal findings, however they were made. */
export function resultHash({ files, failures }: Pick<AuditRun, 'files' | 'failures'>): string {
  const hash = createHash('sha256')
  for (const { path, bytes, sha256, compressedBytes, kind, language, lines } of files) {
    hash.update(`${JSON.stringify([path, bytes, sha256, compressedBytes, kind, language, lines])}\n`)
  }
  for (const { path, reason } of failures) hash.update(`${JSON.stringify([path, reason])}\n`)
  return hash.digest('hex')
}
