// Runs the property tests of payloads with many more values: `pnpm test:properties [values]`, by default 200,000 each.
import { spawnSync } from 'node:child_process'
import process from 'node:process'

const [values = '200000'] = process.argv.slice(2)
const { status, error } = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--testTimeout=3600000',
    'payload-',
    'conformance',
    '-t',
    'arrive|accepted|whatever|decode',
  ],
  { stdio: 'inherit', env: { ...process.env, EVENTLANE_PROPERTY_RUNS: values } },
)
if (error) throw error
process.exitCode = status ?? 1
