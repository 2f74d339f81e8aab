import { rm } from 'node:fs/promises'
import { build } from 'esbuild'
import { workerEntries } from 'eventlane/bundler'

/** @type {import('esbuild').BuildOptions} */
const options = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  // Lowers decorators and `await using`.
  target: 'node20',
  minify: true,
  // Handlers are found by their names.
  keepNames: true,
  sourcemap: true,
}

await rm('dist', { recursive: true, force: true })

// One file. What it imports from node_modules, eventlane too, stays there.
await build({ ...options, entryPoints: ['src/main.ts'], outdir: 'dist/esbuild', packages: 'external' })

// All that it needs, to be run where there is no node_modules: eventlane's worker entries are built with it.
await build({
  ...options,
  entryPoints: { main: 'src/main.ts', ...workerEntries },
  outdir: 'dist/esbuild-standalone',
  splitting: true,
})
