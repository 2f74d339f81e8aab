import type { Benchmark } from './benchmark.js'
import { codec } from './benchmarks/codec.js'
import { cpu } from './benchmarks/cpu.js'
import { emit } from './benchmarks/emit.js'
import { mixed } from './benchmarks/mixed.js'
import { modes } from './benchmarks/modes.js'
import { placement } from './benchmarks/placement.js'
import { pool } from './benchmarks/pool.js'
import { remote } from './benchmarks/remote.js'
import { scale } from './benchmarks/scale.js'
import { start } from './benchmarks/start.js'
import { types } from './benchmarks/types.js'

/** All there are, in the order in which they run and are shown. */
export const benchmarks: readonly Benchmark[] = [
  codec,
  emit,
  scale,
  start,
  modes,
  pool,
  cpu,
  mixed,
  placement,
  remote,
  types,
]
