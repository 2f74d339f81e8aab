import type { AuditedFile, AuditRun } from './audit.js'
import { BROTLI_QUALITY } from './brotli-options.js'
import type { Failure } from './failure.js'
import { formatBytes, formatCount, formatMs, formatNumberOf, formatPath, formatPercent } from './format.js'
import { summarize, type DuplicateGroup, type FileType } from './summary.js'
import { formatTable } from './table.js'

const SHOWN = { duplicates: 3, types: 4, slowest: 5, failures: 10 }

/** What an audit found out about the files: totals, then tables. */
export function formatFindings({ files }: Pick<AuditRun, 'files'>, failures: readonly Failure[]): string {
  const { bytes, compressedBytes, textFiles, lines, duplicates, wastedBytes, types, slowest } =
    summarize(files)
  const copies = duplicates.reduce((total, { paths }) => total + paths.length, 0)
  const totals = [
    `  files       ${formatCount(files.length)}: ${formatCount(textFiles)} text with ${formatNumberOf(lines, 'line')}, ${formatCount(files.length - textFiles)} binary`,
    `  bytes       ${formatBytes(bytes)}, compressed ${formatBytes(compressedBytes)}${bytes > 0 ? ` (${formatPercent(compressedBytes / bytes)})` : ''}`,
    `  duplicates  ${formatNumberOf(duplicates.length, 'group')} of ${formatNumberOf(copies, 'file')} in all; ${formatBytes(wastedBytes)} wasted`,
    `  failures    ${formatCount(failures.length)}`,
  ].join('\n')
  return [
    totals,
    failures.length > 0 ? formatFailures(failures) : [],
    duplicates.length > 0 ? `The most wasteful duplicates\n${duplicateTable(duplicates)}` : [],
    types.length > 0
      ? `The best and worst compressing types (brotli, quality ${BROTLI_QUALITY})\n${typeTable(types)}`
      : [],
    slowest.length > 0
      ? `The slowest files, by the time spent in their three handlers\n${slowestTable(slowest)}`
      : [],
  ]
    .flat()
    .join('\n\n')
}

function formatFailures(failures: readonly Failure[]): string {
  const lines = failures
    .slice(0, SHOWN.failures)
    .map(({ path, reason }) => `  ${formatPath(path)}: ${reason}`)
  const more = failures.length - lines.length
  return [
    'Could not be audited',
    ...lines,
    ...(more > 0 ? [`  and ${formatCount(more)} more (--json lists all)`] : []),
  ].join('\n')
}

function duplicateTable(duplicates: readonly DuplicateGroup[]): string {
  return formatTable(
    [
      { title: 'copies', alignment: 'right', cell: ({ paths }) => formatCount(paths.length) },
      { title: 'size', alignment: 'right', cell: ({ bytes }) => formatBytes(bytes) },
      { title: 'wasted', alignment: 'right', cell: ({ wastedBytes }) => formatBytes(wastedBytes) },
      { title: 'one of them', alignment: 'left', cell: ({ paths: [path = ''] }) => formatPath(path) },
    ],
    duplicates.slice(0, SHOWN.duplicates),
  )
}

function typeTable(types: readonly FileType[]): string {
  const worst = types.slice(Math.max(SHOWN.types, types.length - SHOWN.types))
  return formatTable(
    [
      { title: 'type', alignment: 'left', cell: ({ language }) => language },
      { title: 'files', alignment: 'right', cell: ({ files }) => formatCount(files) },
      { title: 'size', alignment: 'right', cell: ({ bytes }) => formatBytes(bytes) },
      {
        title: 'compressed',
        alignment: 'right',
        cell: ({ compressedBytes }) => formatBytes(compressedBytes),
      },
      { title: 'ratio', alignment: 'right', cell: ({ ratio }) => formatPercent(ratio) },
    ],
    [...types.slice(0, SHOWN.types), ...worst],
  )
}

function slowestTable(slowest: readonly AuditedFile[]): string {
  return formatTable(
    [
      { title: 'time', alignment: 'right', cell: ({ handlersMs }) => formatMs(handlersMs) },
      { title: 'size', alignment: 'right', cell: ({ bytes }) => formatBytes(bytes) },
      { title: 'file', alignment: 'left', cell: ({ path }) => formatPath(path) },
    ],
    slowest.slice(0, SHOWN.slowest),
  )
}
