import { defineEvent, payload } from 'eventlane'
import { z } from 'zod'

/** The schema of the event is that of the request's body too: it is checked once, by `emit`. */
export const QuoteRequested = defineEvent(
  'quote.requested',
  z.object({
    price: z.number().positive(),
    strike: z.number().positive(),
    volatility: z.number().positive().max(5),
    days: z.int().positive().max(3650),
    /** How many futures to draw: 400,000 take some 30 ms. */
    draws: z.int().positive().max(1_000_000_000).default(400_000),
  }),
)

/** Emitted by a light request, which does not wait for who hears of it. */
export const ProductViewed = defineEvent('product.viewed', payload<{ id: string }>())
