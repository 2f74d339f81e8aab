import type { Benchmark } from './benchmark.js'
import { codec } from './benchmarks/codec.js'
import { modes } from './benchmarks/modes.js'
import { pool } from './benchmarks/pool.js'

/** All there are, in the order in which they run and are shown. */
export const benchmarks: readonly Benchmark[] = [codec, modes, pool]
