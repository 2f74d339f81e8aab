import { defineConfig, type Options } from 'tsup'

const common: Options = {
  format: 'esm',
  platform: 'node',
  // Lowers standard decorators and `using`, which no supported Node.js version runs as written.
  target: 'node20',
  sourcemap: true,
  clean: true,
  removeNodeProtocol: false,
}

interface LibraryOptions {
  /** One output file each, with chunks for the code they share. */
  readonly entry?: string[]
  /** The entries which are imported by name and so need a declaration file; by default all. */
  readonly dts?: string[]
}

/** A published package: ESM with declarations. */
export const library = ({ entry = ['src/index.ts'], dts = entry }: LibraryOptions = {}) =>
  defineConfig({
    ...common,
    entry,
    // tsup sets the `baseUrl` that TypeScript 6 reports as deprecated.
    dts: { entry: dts, compilerOptions: { ignoreDeprecations: '6.0', stripInternal: true } },
  })

/** A program that is run from dist and imported by nobody. */
export const program = (entry: string[]) => defineConfig({ ...common, entry })
