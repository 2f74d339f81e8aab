import { basename, extname } from 'node:path'

const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  C: ['.c', '.h'],
  'C++': ['.cc', '.cpp', '.hpp', '.hh'],
  CSS: ['.css', '.scss', '.less'],
  Go: ['.go'],
  HTML: ['.html', '.htm'],
  Image: ['.png', '.jpg', '.jpeg', '.gif', '.webp', '.ico'],
  Java: ['.java'],
  JavaScript: ['.js', '.cjs', '.mjs', '.jsx'],
  JSON: ['.json', '.jsonc', '.json5'],
  Markdown: ['.md', '.markdown', '.mdx'],
  'Native add-on': ['.node'],
  PHP: ['.php'],
  Python: ['.py', '.pyi'],
  Ruby: ['.rb'],
  Rust: ['.rs'],
  Shell: ['.sh', '.bash', '.ps1', '.cmd', '.bat'],
  'Source map': ['.map'],
  SVG: ['.svg'],
  Text: ['.txt'],
  TOML: ['.toml'],
  TypeScript: ['.ts', '.cts', '.mts', '.tsx'],
  WebAssembly: ['.wasm'],
  XML: ['.xml'],
  YAML: ['.yml', '.yaml'],
}

const LANGUAGES = new Map(
  Object.entries(EXTENSIONS).flatMap(([language, extensions]) =>
    extensions.map((extension): [string, string] => [extension, language]),
  ),
)

/** The language that the file's extension stands for, or the extension itself. */
export function languageOf(path: string): string {
  if (/\.d\.[cm]?ts$/i.test(path)) return 'TypeScript declarations'
  const extension = extname(basename(path)).toLowerCase()
  return LANGUAGES.get(extension) ?? (extension === '' ? 'No extension' : extension)
}
