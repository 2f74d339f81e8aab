import { defineEvent } from 'eventlane'
import { z } from 'zod'

export enum Priority {
  Normal = 'normal',
  Express = 'express',
}

export const OrderPlaced = defineEvent(
  'typescript.order-placed',
  z.object({ id: z.string(), total: z.bigint(), placedAt: z.date(), priority: z.enum(Priority) }),
)
