import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** An empty folder that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'file-audit-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with the given files. */
export function makeFiles(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = makeFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

const LICENSE = 'Permission is hereby granted, free of charge, to any person obtaining a copy\n'.repeat(100)

/** Six files, three of them the same, and a link that leads in a circle. */
export function makeSmallTree(): string {
  const folder = makeFiles({
    'a/LICENSE': LICENSE,
    'b/LICENSE': LICENSE,
    'b/c/LICENSE': LICENSE,
    'b/index.ts': 'export const answer = 42\n',
    'b/data.bin': Buffer.from([0, 1, 2, 3, 255]),
    'empty.txt': '',
  })
  symlinkSync(folder, join(folder, 'b', 'circle'), 'junction')
  return folder
}

/** Many files, of which each takes a while: hard links of a single one. */
export function makeLongWork(count: number): string {
  const folder = makeFiles({ '0.txt': longContent() })
  for (let index = 1; index < count; index += 1) linkSync(join(folder, '0.txt'), join(folder, `${index}.txt`))
  return folder
}

function longContent(): string {
  return Array.from({ length: 10_000 }, (_, line) => `${line} ${Math.sin(line)}\n`).join('')
}
