import type { AuditedFile } from './audit.js'

/** Files with the same content. */
export interface DuplicateGroup {
  readonly sha256: string
  /** Of one of them. */
  readonly bytes: number
  readonly paths: readonly string[]
  /** What would be saved by keeping one of them. */
  readonly wastedBytes: number
}

/** All files of one language, and how well they compress. */
export interface FileType {
  readonly language: string
  readonly files: number
  readonly bytes: number
  readonly compressedBytes: number
  /** Compressed size by size: the smaller, the better it compresses. */
  readonly ratio: number
}

/** What an audit found out about the files. */
export interface Summary {
  readonly bytes: number
  readonly compressedBytes: number
  readonly textFiles: number
  readonly lines: number
  /** The most wasteful first. Empty files are not counted. */
  readonly duplicates: readonly DuplicateGroup[]
  readonly wastedBytes: number
  /** The best compressing first; types with less than {@link MIN_TYPE_BYTES} are left out. */
  readonly types: readonly FileType[]
  /** All files, those that kept their handlers longest first. */
  readonly slowest: readonly AuditedFile[]
}

/** Below this, a type's ratio says more about brotli's few bytes of overhead than about the type. */
const MIN_TYPE_BYTES = 4096

export function summarize(files: readonly AuditedFile[]): Summary {
  const duplicates = duplicateGroups(files)
  return {
    bytes: sum(files, (file) => file.bytes),
    compressedBytes: sum(files, (file) => file.compressedBytes),
    textFiles: files.filter(({ kind }) => kind === 'text').length,
    lines: sum(files, (file) => file.lines),
    duplicates,
    wastedBytes: sum(duplicates, (group) => group.wastedBytes),
    types: fileTypes(files),
    slowest: files.toSorted((one, other) => other.handlersMs - one.handlersMs),
  }
}

function duplicateGroups(files: readonly AuditedFile[]): DuplicateGroup[] {
  const groups = groupBy(
    files.filter(({ bytes }) => bytes > 0),
    ({ sha256 }) => sha256,
  )
  return [...groups]
    .filter(([, group]) => group.length > 1)
    .map(([sha256, group]) => {
      const total = sum(group, ({ bytes }) => bytes)
      const bytes = total / group.length
      return { sha256, bytes, paths: group.map(({ path }) => path), wastedBytes: total - bytes }
    })
    .sort((one, other) => other.wastedBytes - one.wastedBytes)
}

function fileTypes(files: readonly AuditedFile[]): FileType[] {
  return [...groupBy(files, ({ language }) => language)]
    .map(([language, group]) => {
      const bytes = sum(group, (file) => file.bytes)
      const compressedBytes = sum(group, (file) => file.compressedBytes)
      return { language, files: group.length, bytes, compressedBytes, ratio: compressedBytes / bytes }
    })
    .filter(({ bytes }) => bytes >= MIN_TYPE_BYTES)
    .sort((one, other) => one.ratio - other.ratio)
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0)
}
