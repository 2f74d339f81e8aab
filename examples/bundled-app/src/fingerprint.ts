import { createHash } from 'node:crypto'
import { defineHandler } from 'eventlane'
import type { Order } from './order.js'

const ROUNDS = 20_000

/** CPU-bound. */
export const fingerprint = defineHandler(import.meta.url, function fingerprint(order: Order): string {
  let digest = JSON.stringify(order)
  for (let round = 0; round < ROUNDS; round += 1) digest = createHash('sha256').update(digest).digest('hex')
  return `fingerprint of ${order.id}: ${digest.slice(0, 8)}`
})
