import { defineHandler } from 'eventlane'
import { QuoteRequested } from './events.js'

const DAYS_A_YEAR = 365

/** What an option to buy is worth: the mean over many drawn futures, the same ones each time. Nothing but computing. */
export const priceQuote = defineHandler(import.meta.url, QuoteRequested, function priceQuote(quote) {
  const years = quote.days / DAYS_A_YEAR
  const drift = (-(quote.volatility ** 2) / 2) * years
  const spread = quote.volatility * Math.sqrt(years)
  const random = randomNumbers(1)
  let sum = 0
  for (let draw = 0; draw < quote.draws; draw += 1) {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
    sum += Math.max(0, quote.price * Math.exp(drift + spread * normal) - quote.strike)
  }
  return { value: Number((sum / quote.draws).toFixed(4)), draws: quote.draws }
})

/** Mulberry32: numbers above 0, and at most 1, that are the same for each seed. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 2 ** 32
  }
}
