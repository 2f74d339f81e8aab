import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sample } from './samples.js'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

function manifestIn(folder: string): Manifest | undefined {
  const file = join(repository, folder, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined
}

const workspace = ['packages', 'examples']
  .flatMap((parent) => readdirSync(join(repository, parent)).map((name) => `${parent}/${name}`))
  .flatMap((folder) => manifestIn(folder) ?? [])

const root = manifestIn('.')!

/** What users may install: this workspace's public packages, and what the workspace itself installs. */
const installable = new Set(
  [root, ...workspace].flatMap((manifest) => [
    ...(manifest.private ? [] : [manifest.name]),
    ...Object.keys({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.peerDependencies,
    }).filter((name) => workspace.every((member) => member.name !== name || !member.private)),
  ]),
)

/** pnpm's own commands; anything else is a script. */
const PNPM_COMMANDS = new Set(['install', 'i'])

/** Says what is wrong with a command's arguments, or `undefined` where the command would do what a page says. */
type Check = (args: readonly string[], page: readonly Sample[]) => string | undefined

/** Every command that pages may show, and how it is checked. */
const COMMANDS: Readonly<Record<string, Check>> = {
  pnpm: checkPnpm,
  npm: (args) =>
    /^(install|i|add|ci)$/.test(args[0] ?? '') ? checkPackages(args.slice(1)) : checkScript(args),
  yarn: ([command, ...args]) => (command === 'add' ? checkPackages(args) : `unknown command yarn ${command}`),
  bun: ([command, ...args]) => (command === 'add' ? checkPackages(args) : `unknown command bun ${command}`),
  npx: (args, page) => {
    const [command = '', ...rest] = args.filter((arg) => arg !== '--yes' && arg !== '-y')
    const [name] = /^(?:@[^@]+|[^@]+)/.exec(command) ?? ['']
    return checkLine([name, ...rest], page)
  },
  node: checkProgram,
  tsx: checkProgram,
  tsc: () => undefined,
  bash: ([file = '']) => checkFile(file),
  'eventlane-worker': checkFlags,
  cd: ([folder = '']) => (folder === 'eventlane' ? undefined : checkFile(folder)),
  git: ([command, url = '']) =>
    command === 'clone' && /\/eventlane(\.git)?$/.test(url)
      ? undefined
      : 'the only git command here clones eventlane',
}

function checkPnpm(args: readonly string[]): string | undefined {
  const [command = '', ...rest] = args
  switch (command) {
    case 'add':
      return checkPackages(rest)
    case 'exec':
      return checkTool(rest)
    case '--filter': {
      const [name, ...others] = rest
      const member = workspace.find((manifest) => manifest.name === name)
      if (member === undefined) return `the workspace has no package ${name}`
      return checkScript(others, member)
    }
    default:
      if (PNPM_COMMANDS.has(command)) return checkPackages(rest)
      return checkScript(args)
  }
}

function checkScript(
  args: readonly string[],
  manifest = root,
  _page?: readonly Sample[],
): string | undefined {
  const [script = ''] = args.filter((arg) => arg !== 'run' && arg !== '--silent')
  return manifest.scripts?.[script] === undefined
    ? `package.json of ${manifest.name} has no script ${JSON.stringify(script)}`
    : undefined
}

function checkTool([tool = '']: readonly string[]): string | undefined {
  return existsSync(join(repository, 'node_modules', '.bin', tool))
    ? undefined
    : `the workspace installs no command ${JSON.stringify(tool)}`
}

function checkPackages(args: readonly string[]): string | undefined {
  const names = args.filter((arg) => !arg.startsWith('-')).map((arg) => arg.replace(/(?<=.)@.*$/, ''))
  const unknown = names.filter((name) => !installable.has(name))
  return unknown.length === 0 ? undefined : `nobody here knows the package ${unknown.join(', ')}`
}

/** A program is a file of this repository, or one that the page shows, built or as it is. */
function checkProgram(args: readonly string[], page: readonly Sample[]): string | undefined {
  const file = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '--import')
  if (file === undefined) return 'no program is named'
  if (existsSync(join(repository, file))) return undefined
  const stem = (name: string) => basename(name).replace(/\.[cm]?[jt]sx?$/, '')
  const isShown = page.some(({ name }) => name !== undefined && stem(name) === stem(file))
  if (isShown) return undefined
  // dist/ exists only once it is built.
  return existsSync(join(repository, file.replace('dist/', 'src/').replace(/js$/, 'ts')))
    ? undefined
    : `neither the repository nor the page has ${file}`
}

/** Flags of `eventlane-worker` are those that its help tells of. */
function checkFlags(args: readonly string[]): string | undefined {
  const help = readFileSync(
    join(repository, 'packages/executor-bullmq/src/command/command-options.ts'),
    'utf8',
  )
  const unknown = args.filter((arg) => arg.startsWith('--') && !help.includes(`\n  ${arg} `))
  return unknown.length === 0 ? undefined : `the command has no flag ${unknown.join(', ')}`
}

function checkFile(file: string): string | undefined {
  return existsSync(join(repository, file)) ? undefined : `the repository has no ${file}`
}

function checkLine([command = '', ...args]: readonly string[], page: readonly Sample[]): string | undefined {
  const check = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined
  if (check) return check(args, page)
  return (
    checkTool([command]) &&
    `the command ${JSON.stringify(command)} is not on the list of commands that are checked`
  )
}

/** What is wrong with the commands of a shell sample. */
export function checkCommands(sample: Sample, page: readonly Sample[]): string[] {
  const lines = sample.code.replaceAll(/\\\n\s*/g, ' ').split('\n')
  return lines.flatMap((text, index) => {
    // In a console sample only lines with a prompt are commands; the others are what they print.
    const line = sample.language === 'console' ? /^[$>] (.*)$/.exec(text)?.[1] : text
    const commands = (line ?? '').replace(/(^|\s)#.*$/, '').split(/&&|;|\|/)
    return commands.flatMap((command) => {
      const words = command.trim().split(/\s+/).filter(Boolean)
      while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift()
      if (words.length === 0) return []
      const problem = checkLine(words, page)
      return problem ? [`${sample.file}:${sample.line + index + 1} ${words.join(' ')}: ${problem}`] : []
    })
  })
}
