import { defineEvent, defineHandler, on, type HandlerContext } from 'eventlane'

/** An event; what arrives in a worker is an instance too. */
export class Delivery {
  readonly article: string
  readonly amount: bigint

  constructor(article: string, amount: bigint) {
    this.article = article
    this.amount = amount
  }

  toString(): string {
    return `${this.amount.toString()} x ${this.article}`
  }
}

export const Delivered = defineEvent('stock.delivered', Delivery)

export class Shelves {
  // Once compiled, too, the decorator finds out by itself in which file it stands.
  @on(Delivered)
  static fill(this: void, delivery: Delivery, { mode }: HandlerContext): string {
    return `Shelves.fill  ${delivery.toString()}, in ${mode}`
  }
}

export const label = defineHandler(__filename, Delivered, function label({ article }, { mode }) {
  return `label         ${article.toUpperCase()}, in ${mode}`
})
