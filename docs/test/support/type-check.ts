import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { locate, type Sample, type SampleProject } from './samples.js'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** TypeScript augments only modules that some file of the program imports, as those of users do. */
const userOfEventlane = fileURLToPath(new URL('user-of-eventlane.ts', import.meta.url))

/** A folder inside the repository, so that samples find the workspace's packages. */
export function sampleFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(fileURLToPath(new URL('../.samples-', import.meta.url)))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

/** A project that has been written to a folder of its own. */
export interface WrittenProject extends SampleProject {
  readonly folder: string
  readonly entryFile: string
}

/** Writes each project into a folder of its own below `folder`. */
export function writeProjects(projects: readonly SampleProject[], folder: string): WrittenProject[] {
  return projects.map((project, index) => {
    const own = join(folder, String(index))
    for (const [name, { code }] of project.files) {
      const file = join(own, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${code}\n`)
    }
    return { ...project, folder: own, entryFile: join(own, project.entry) }
  })
}

/** What TypeScript says of each sample, as `file:line message`. */
export function typeCheck(projects: readonly WrittenProject[]): Map<Sample, string[]> {
  const complaints = new Map<Sample, string[]>(projects.map(({ sample }) => [sample, []]))
  const host = cachingHost()
  // One program for all is fast; samples that change the types of others are kept apart.
  const isApart = ({ files }: WrittenProject) =>
    [...files.values()].some(({ code }) => /^\s*declare (module|global)\b/m.test(code))
  const programs = [projects.filter((project) => !isApart(project))]
  for (const project of projects) if (isApart(project)) programs.push([project])
  for (const members of programs) {
    if (members.length === 0) continue
    const entries = members.map(({ entryFile }) => entryFile)
    const program = ts.createProgram([...entries, userOfEventlane], compilerOptions(), host)
    for (const { sample, entryFile } of members) {
      const source = program.getSourceFile(entryFile)!
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      complaints.get(sample)!.push(...found.map((diagnostic) => describe(diagnostic, sample)))
    }
    const [first] = program.getOptionsDiagnostics()
    if (first) throw new Error(ts.flattenDiagnosticMessageText(first.messageText, '\n'))
  }
  return complaints
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(repository, 'tsconfig.base.json')
  const { config } = ts.readConfigFile(file, (name) => ts.sys.readFile(name)) as { config: object }
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, dirname(file))
  return {
    ...options,
    noEmit: true,
    declaration: false,
    declarationMap: false,
    sourceMap: false,
    allowJs: true,
    checkJs: true,
    // A sample without imports is a module of its own all the same.
    moduleDetection: ts.ModuleDetectionKind.Force,
  }
}

/** Reads each file once for all programs. */
function cachingHost(): ts.CompilerHost {
  const host = ts.createCompilerHost(compilerOptions())
  const sources = new Map<string, ts.SourceFile | undefined>()
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, ...rest) => {
    if (!sources.has(name)) sources.set(name, read(name, ...rest))
    return sources.get(name)
  }
  return host
}

function describe({ start = 0, messageText, code, file }: ts.Diagnostic, sample: Sample): string {
  const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
  const message = ts.flattenDiagnosticMessageText(messageText, '\n')
  return `${locate({ ...sample, line: sample.line + line })} ${message} (TS${code})`
}
