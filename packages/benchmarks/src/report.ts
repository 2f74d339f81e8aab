import type { Benchmark, BenchmarkResult } from './benchmark.js'

/** A benchmark with what it found. */
export interface Report extends BenchmarkResult {
  readonly benchmark: Benchmark
}
