// What each published package weighs, minified and gzipped, against its budget: `pnpm packages:check`.
// Dependencies are left out, each having its own line, or its own project. `--list` shows what a package is made of.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import process from 'node:process'
import { packPublicPackages } from './public-packages.mjs'

/** In kB of 1000 bytes. What exceeds one has to be worth it: then raise it, in the same commit. */
const BUDGETS = {
  '@eventlane/core': 42,
  '@eventlane/core/executor': 21.8,
  '@eventlane/executor-bullmq': 15.5,
  '@eventlane/executor-inline': 0.7,
  '@eventlane/executor-process': 0.3,
  '@eventlane/executor-process/bundler': 0.3,
  '@eventlane/executor-thread': 0.3,
  '@eventlane/executor-thread/bundler': 0.3,
  '@eventlane/opentelemetry': 2.5,
  '@eventlane/service': 10.7,
  '@eventlane/testing/recording': 3.2,
  '@eventlane/worker-pool': 11.2,
  '@eventlane/worker-pool/bundler': 0.3,
  '@eventlane/worker-pool/worker': 4.6,
  eventlane: 6.1,
  'eventlane/bundler': 0.3,
}
/** The conformance suite, which runs in tests only. */
const UNBOUNDED = ['@eventlane/testing', '@eventlane/testing/handlers', '@eventlane/testing/witness']

async function weigh(path) {
  const { outputFiles, metafile } = await build({
    entryPoints: [path],
    outfile: 'bundle.js',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    write: false,
    metafile: true,
  })
  const [bundle] = outputFiles
  const { inputs } = metafile.outputs['bundle.js']
  return { minified: bundle.contents.length, gzipped: gzipSync(bundle.contents, { level: 9 }).length, inputs }
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9)

const [option, listed] = process.argv.slice(2)
const entries = packPublicPackages('--dry-run').flatMap(({ name, directory, manifest }) =>
  Object.entries(manifest.exports)
    .filter(([, target]) => target.default)
    .map(([entry, target]) => ({
      name: `${name}${entry.slice(1)}`,
      directory,
      path: `${directory}/${target.default}`,
    })),
)

if (option === '--list') {
  const { directory } = entries.find(({ name }) => name === listed) ?? entries[0]
  // From the sources, since dist is one file.
  const { inputs } = await weigh(`${directory}/src/index.ts`)
  const weights = Object.entries(inputs).sort(([, one], [, other]) => other.bytesInOutput - one.bytesInOutput)
  for (const [path, { bytesInOutput }] of weights) console.log(kilobytes(bytesInOutput), path)
} else {
  console.log(
    `${'minified and gzipped'.padEnd(30)}${'minified'.padStart(9)}${'gzipped'.padStart(9)}   budget`,
  )
  let isOver = false
  for (const { name, path } of entries.filter(({ name }) => !UNBOUNDED.includes(name))) {
    const { minified, gzipped } = await weigh(path)
    const budget = (BUDGETS[name] ?? 0) * 1000
    if (gzipped > budget) isOver = true
    const verdict = gzipped > budget ? '  OVER' : ''
    console.log(`${name.padEnd(30)}${kilobytes(minified)}${kilobytes(gzipped)}${kilobytes(budget)}${verdict}`)
  }
  process.exitCode = isOver ? 1 : 0
}
