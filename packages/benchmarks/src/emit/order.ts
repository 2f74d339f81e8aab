/** The payload: small and flat, so that figures tell of emitting. The benchmark `codec` tells of payloads. */
export interface Order {
  readonly id: string
  readonly total: number
}

const COUNT = 64

export const orders: readonly Order[] = Array.from({ length: COUNT }, (_, index) => ({
  id: `order-${1000 + index}`,
  total: 100 + index * 7,
}))
