import { defineEvent } from '@eventlane/core'
import { defineService } from '@eventlane/service'

export class Ordered {
  constructor(readonly total: bigint) {}
}

export class Paid {
  constructor(readonly amount: bigint) {}
}

export const OrderedEvent = defineEvent('service-test.ordered', Ordered, { module: import.meta.url })
export const PaidEvent = defineEvent('service-test.paid', Paid, { module: import.meta.url })

export const cashier = defineService(import.meta.url, {
  name: 'cashier',
  start({ on }) {
    on(OrderedEvent, async (ordered, { emit }) => {
      await emit(new Paid(ordered.total * 2n))
      return ordered instanceof Ordered ? ordered.constructor.name : 'something else'
    })
  },
})
