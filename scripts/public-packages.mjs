// The packages that are published: their directories, manifests, and what `pnpm pack` puts into each.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command and returns what it prints; its failure ends this program, with all of its output. */
export function output(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: Infinity,
    shell: process.platform === 'win32',
    ...options,
  })
  if (error) throw error
  if (status === 0) return stdout
  console.error(`${[command, ...args].join(' ')}\n${stdout}${stderr}`)
  process.exit(1)
}

/** All packages of the workspace, by their manifests. */
export const workspacePackages = () => JSON.parse(output('pnpm', ['ls', '-r', '--depth', '-1', '--json']))

/** @param {string[]} packArguments `--dry-run`, or where the tarballs go */
export function packPublicPackages(...packArguments) {
  const listed = workspacePackages().filter((entry) => !entry.private)
  const directories = new Map(listed.map(({ name, path }) => [name, path]))
  const filters = [...directories.keys()].map((name) => `--filter=${name}`)
  const packed = JSON.parse(output('pnpm', ['-r', ...filters, 'pack', '--json', ...packArguments]))
  return packed.map(({ name, filename, size, files }) => {
    const directory = directories.get(name)
    const manifest = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8'))
    return { name, directory, manifest, tarball: filename, size, files: files.map(({ path }) => path) }
  })
}
