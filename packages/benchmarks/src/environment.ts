import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { arch, availableParallelism, cpus, release, totalmem, type } from 'node:os'

/** What figures were measured on, and with. */
export interface Environment {
  /** As in 2026-12-31. */
  readonly date: string
  readonly machine: string
  readonly system: string
  readonly node: string
  readonly v8: string
  readonly eventlane: string
  /** Versions of the packages that eventlane is compared with. */
  readonly peers: Readonly<Record<string, string>>
}

interface Manifest {
  readonly version: string
  readonly devDependencies?: Readonly<Record<string, string>>
}

const GIGABYTE = 1024 ** 3

/** This machine, today. */
export function currentEnvironment(): Environment {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const core = createRequire(import.meta.url)('@eventlane/core/package.json') as Manifest
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores, ${Math.round(totalmem() / GIGABYTE)} GB`,
    system: `${type()} ${release()}, ${arch()}`,
    node: process.version,
    v8: process.versions.v8,
    eventlane: core.version,
    // Peers are this package's devDependencies, at exact versions.
    peers: (JSON.parse(manifest) as Manifest).devDependencies ?? {},
  }
}
