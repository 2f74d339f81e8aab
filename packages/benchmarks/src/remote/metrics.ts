import type { Metric } from '../metric.js'

export const CPU: Metric = { name: 'CPU per job', unit: 'ns', better: 'less' }
export const REDIS_CPU: Metric = { name: "Redis' CPU per job", unit: 'ns', better: 'less' }
export const RATE: Metric = { name: 'rate', unit: 'jobs/s', better: 'more' }
