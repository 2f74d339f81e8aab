/** What every subject of the pools is given: an object of about 100 bytes of JSON. */
export interface Task {
  readonly sequence: number
  readonly order: string
  readonly customer: string
  readonly total: number
  readonly paid: boolean
}

const COUNT = 64

/** They differ in their contents, so that nothing about them is constant. */
export const tasks: readonly Task[] = Array.from({ length: COUNT }, (_, index) => ({
  sequence: 1 + ((index * 7919) % 1000),
  order: `order-${100_000 + index}`,
  customer: `customer-${(index * 104_729) % 10_000}`,
  total: 99.5 + index * 50,
  paid: index % 2 === 0,
}))

/** The no-op handler's result: reading it needs the payload, and its sum tells whether all handlers ran. */
export const resultOf = ({ sequence }: Task): number => sequence
