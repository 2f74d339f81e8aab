// The package loaded a second time into one realm, as by a bundle beside node_modules: a bundle of all of its entries.
import { buildSync } from 'esbuild'

const ENTRIES = "export * from '@eventlane/core'; export * from '@eventlane/core/executor'"

export async function secondCopy() {
  const { outputFiles } = buildSync({
    stdin: { contents: ENTRIES, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
