// Installs what would be published into an empty project, and uses it there: `pnpm packages:try [version...]`, on these
// Node.js versions, or on the one that runs this. The project is scripts/consumer; `--keep` leaves it where it is made.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { nodeAt } from './node-versions.mjs'
import { output, packPublicPackages, root } from './public-packages.mjs'

/** The oldest TypeScript that reads the declarations, without `skipLibCheck`. */
const OLDEST_TYPESCRIPT = '5.4.5'

const PROGRAMS = ['out/program.mjs', 'out/program.cjs', 'out/imports.mjs', 'requires.cjs']
const NODENEXT = ['--module', 'nodenext']
const BUNDLER = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit']
const MODULES = ['program.mts', 'imports.mts']

const versions = process.argv.slice(2).filter((argument) => argument !== '--keep')
const project = mkdtempSync(join(tmpdir(), 'eventlane-consumer-'))
const rows = []

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Adds a row of the result: a fault, also where something is printed that should not be. */
function attempt(title, command, args, { isSilent = false } = {}) {
  const started = performance.now()
  return new Promise((resolve) => {
    const options = { cwd: project, encoding: 'utf8', timeout: 300_000, shell: process.platform === 'win32' }
    execFile(command, args, options, (error, stdout, stderr) => {
      const log = `${stdout}${stderr}` || error?.message
      rows.push({ title, ok: error === null && !(isSilent && log), took: seconds(started), log })
      resolve()
    })
  })
}

function install() {
  const packages = packPublicPackages('--pack-destination', project)
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const peers = packages.flatMap(({ manifest: { peerDependencies = {}, peerDependenciesMeta = {} } }) =>
    Object.entries(peerDependencies).filter(([name]) => !peerDependenciesMeta[name]?.optional),
  )
  const dependencies = {
    ...Object.fromEntries(peers),
    ...Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`])),
    '@types/node': devDependencies['@types/node'],
    typescript: devDependencies.typescript,
    'oldest-typescript': `npm:typescript@${OLDEST_TYPESCRIPT}`,
    zod: devDependencies.zod,
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, dependencies }))
  cpSync(join(root, 'scripts/consumer'), project, { recursive: true })
  output('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
    cwd: project,
  })
  return packages.length
}

function compile(compiler, resolution, files) {
  const settings = ['--strict', '--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--types', 'node']
  const { version } = JSON.parse(readFileSync(join(project, `node_modules/${compiler}/package.json`), 'utf8'))
  return attempt(
    `TypeScript ${version}, ${resolution === BUNDLER ? 'bundler' : 'nodenext'}`,
    process.execPath,
    [join(project, `node_modules/${compiler}/bin/tsc`), ...settings, ...resolution, ...files],
  )
}

try {
  const started = performance.now()
  console.log(`${install()} packages packed, and installed in ${project}: ${seconds(started)}`)

  await Promise.all([
    // The only one that can be imported from a CommonJS module in TypeScript, and the one that writes what runs below.
    compile('typescript', [...NODENEXT, '--outDir', 'out'], [...MODULES, 'program.cts']),
    compile('oldest-typescript', [...NODENEXT, '--noEmit'], MODULES),
  ])
  await Promise.all([compile('typescript', BUNDLER, MODULES), compile('oldest-typescript', BUNDLER, MODULES)])

  // Node.js 20 and 22 say of require() that it is experimental for ES modules.
  const flags = ['--disable-warning=ExperimentalWarning']
  const isSilent = versions.length === 0
  const nodes = isSilent ? [{ command: process.execPath, before: [] }] : versions.map(nodeAt)
  for (const [index, { command, before }] of nodes.entries())
    for (const program of PROGRAMS) {
      const title = `Node.js ${versions[index] ?? process.version}, ${program}`
      await attempt(title, command, [...before, ...flags, program], { isSilent })
    }
} finally {
  if (!process.argv.includes('--keep')) rmSync(project, { recursive: true, force: true, maxRetries: 3 })
}

for (const { title, ok, took, log } of rows)
  console.log(`${title.padEnd(36)}${ok ? 'ok  ' : 'FAIL'} ${took.padStart(7)}${ok ? '' : `\n${log}`}`)
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1
