// Builds what is missing by turbo and says so in one line; a failing build's log is printed in full.
// All of it goes to stderr: stdout belongs to the program that runs next.
// Arguments go to `turbo run build`, e.g. --filter=@eventlane/core.
import { spawnSync } from 'node:child_process'

console.error('Building what is missing...')
const started = performance.now()
const { status, stdout, error } = spawnSync(
  'turbo',
  ['run', 'build', '--output-logs=errors-only', ...process.argv.slice(2)],
  {
    encoding: 'utf8',
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: Infinity,
    shell: process.platform === 'win32',
  },
)
if (error) throw error
if (status !== 0) {
  process.stderr.write(stdout)
  process.exit(status ?? 1)
}
console.error(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`)
