// Checks what every published package promises in its manifest and carries in its tarball: `pnpm packages:check`.
import { readFileSync } from 'node:fs'
import { posix, relative } from 'node:path'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { packPublicPackages, root, workspacePackages } from './public-packages.mjs'

const HOME = 'https://github.com/eventlane/eventlane'

const packages = packPublicPackages('--dry-run')
const version = packages.find(({ name }) => name === 'eventlane')?.manifest.version
const workspace = readFileSync(`${root}/pnpm-workspace.yaml`, 'utf8')

/** Each returns what is wrong, or nothing. */
const rules = [
  ({ manifest }) => manifest.version !== version && `version is not that of eventlane, ${version}`,
  ({ name }) =>
    !new RegExp(`- '?${name}'?$`, 'm').test(workspace) &&
    'not in versioning.fixed of pnpm-workspace.yaml, so that it would leave the common version',
  ({ manifest }) => manifest.engines?.node !== '>=20.19' && 'engines.node is not ">=20.19"',
  ({ manifest }) => manifest.type !== 'module' && 'type is not "module"',
  ({ manifest }) => manifest.license !== 'MIT' && 'license is not "MIT"',
  ({ manifest }) => !manifest.description && 'no description',
  ({ manifest }) => !manifest.keywords?.includes('eventlane') && 'keywords lack "eventlane"',
  ({ manifest }) =>
    manifest.homepage !== 'https://eventlane.github.io/eventlane/' && 'homepage is not the site',
  ({ manifest }) => manifest.bugs?.url !== `${HOME}/issues` && 'bugs.url is not the issue tracker',
  ({ manifest, directory }) =>
    !isDeepStrictEqual(manifest.repository, {
      type: 'git',
      url: `git+${HOME}.git`,
      directory: relative(root, directory).replaceAll('\\', '/'),
    }) && 'repository does not name the repository and this directory, which provenance needs',
  ({ manifest }) =>
    !isDeepStrictEqual(manifest.publishConfig, { access: 'public', provenance: true }) &&
    'publishConfig is not { access: "public", provenance: true }',
  ({ manifest }) =>
    Object.entries(manifest.exports)
      .filter(([entry]) => entry !== './package.json')
      .filter(([, target]) => !isDeepStrictEqual(Object.keys(target), ['types', 'default']))
      .map(([entry]) => `exports["${entry}"] is not { types, default }, in this order`),
  ({ manifest, files }) =>
    entryFiles(manifest)
      .filter((file) => !files.includes(posix.normalize(file)))
      .map((file) => `${file} is named in the manifest and missing from the package`),
  ({ manifest: { sideEffects } }) =>
    sideEffects !== false && !Array.isArray(sideEffects) && 'sideEffects is neither false nor a list',
  ({ manifest: { sideEffects }, files }) =>
    (sideEffects || [])
      .filter((pattern) => !files.some((file) => matches(file, posix.normalize(pattern))))
      .map((pattern) => `sideEffects names ${pattern}, which is no file of the package`),
  ({ files }) =>
    ['LICENSE', 'README.md', 'CHANGELOG.md']
      .filter((file) => !files.includes(file))
      .map((file) => `no ${file} in the package`),
  ({ files }) =>
    files
      .filter(
        (file) =>
          !/^(LICENSE|README\.md|CHANGELOG\.md|package\.json|dist\/.+\.(js|js\.map|d\.ts))$/.test(file),
      )
      .map((file) => `${file} does not belong in the package`),
  ({ directory, manifest, files }) =>
    files.includes('CHANGELOG.md') &&
    !readFileSync(`${directory}/CHANGELOG.md`, 'utf8').startsWith(
      `# ${manifest.name}\n\n## ${manifest.version}\n`,
    ) &&
    `CHANGELOG.md does not begin with ${manifest.version}`,
  ({ directory, files }) =>
    files.filter((file) => file.endsWith('.js')).map((file) => sourceMapFault(directory, file, files)),
  ({ manifest }) =>
    Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter(([name, range]) => /^(@eventlane\/|eventlane$)/.test(name) && range !== 'workspace:^')
      .map(([name]) => `depends on ${name} by another range than workspace:^`),
]

function entryFiles({ exports, bin = {} }) {
  return [...Object.values(exports), ...Object.values(bin)].flatMap((target) =>
    typeof target === 'string' ? target : Object.values(target),
  )
}

function matches(file, pattern) {
  const [before, after = ''] = pattern.split('*')
  return pattern.includes('*') ? file.startsWith(before) && file.endsWith(after) : file === pattern
}

function sourceMapFault(directory, file, files) {
  if (!files.includes(`${file}.map`)) return `${file} has no source map`
  const { sources, sourcesContent = [] } = JSON.parse(readFileSync(`${directory}/${file}.map`, 'utf8'))
  if (sources.some((_, index) => !sourcesContent[index])) return `${file}.map has no copy of its sources`
  const elsewhere = sources.find((source) => !/^(\.\.\/)+src\//.test(source))
  return elsewhere && `${file}.map names ${elsewhere}, which is outside src`
}

const faults = packages.flatMap((published) =>
  rules
    .flatMap((rule) => rule(published))
    .filter(Boolean)
    .map((fault) => `${published.name}: ${fault}`),
)
const versioned = workspacePackages().filter((entry) => entry.private && entry.version)
for (const { name } of versioned)
  faults.push(`${name}: private, and has a version, which releases would raise: leave it out`)
console.log(
  faults.length === 0
    ? `${packages.length} packages, ${rules.length} rules for what is published: all hold`
    : faults.join('\n'),
)
process.exitCode = faults.length === 0 ? 0 : 1
