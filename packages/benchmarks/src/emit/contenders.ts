import type { Contender } from '../contest.js'
import type { Metric } from '../metric.js'
import { timed } from '../timed.js'
import type { EmitTask } from './delivery.js'
import { orders } from './order.js'
import { subjects, type SubjectName } from './subjects.js'

/** The column of a number of handlers: the time from one emission to the next. */
export function emissionTime(handlers: number): Metric {
  return { name: handlers === 1 ? '1 handler' : `${handlers} handlers`, unit: 'ns', better: 'less' }
}

/** Every handler adds to the sum, so it only comes out right if each of them ran for each order. */
export function emitContender(name: SubjectName, { delivery, handlers: count }: EmitTask): Contender {
  let sum = 0
  const handlers = Array.from({ length: count }, () =>
    delivery === 'awaited'
      ? // eslint-disable-next-line @typescript-eslint/require-await -- an async function is what is measured
        async ({ total }: { readonly total: number }) => {
          sum += total
        }
      : ({ total }: { readonly total: number }) => {
          sum += total
        },
  )
  const { emit, idle } = subjects[name](handlers)
  const pass = async (): Promise<number> => {
    sum = 0
    if (delivery === 'awaited') for (const order of orders) await emit(order)
    else {
      for (const order of orders) emit(order)
      await idle?.()
    }
    return sum
  }
  return timed({
    subject: name,
    metric: emissionTime(count),
    operations: orders.length,
    pass,
    checksum: count * orders.reduce((total, order) => total + order.total, 0),
  })
}
