import type { Target } from './ratio.js'

export const atMost = (limit: number): Target => ({ kind: 'at most', limit })
export const below = (limit: number): Target => ({ kind: 'below', limit })
export const atLeast = (limit: number): Target => ({ kind: 'at least', limit })
