// Runs the fault-injection tests at length: `pnpm test:soak [emissions [seed]]`, 100,000 emissions per executor by default,
// half of them in the plain mode and half in the -async one; without a seed, a new one each time, which reports name.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import process from 'node:process'

const [emissions = '100000', seed = String(randomInt(2 ** 31))] = process.argv.slice(2)
const { status, error } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/faults.test.ts', '--no-file-parallelism'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      EVENTLANE_FAULT_EMISSIONS: String(Math.ceil(Number(emissions) / 2)),
      EVENTLANE_FAULT_SEED: seed,
    },
  },
)
if (error) throw error
process.exitCode = status ?? 1
