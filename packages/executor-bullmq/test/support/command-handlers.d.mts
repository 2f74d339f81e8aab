import type { EventDefinition, Handler } from '@eventlane/core'

/** What the handlers are told. */
export interface Order {
  /** Where they say what they do. */
  readonly file: string
  readonly label: string
  /** How long they take, in milliseconds. */
  readonly ms?: number
}

export declare const Ordered: EventDefinition<'ordered', Order>
export declare const records: Handler<Order>
export declare const lingers: Handler<Order>
export declare const collapses: Handler<Order>
