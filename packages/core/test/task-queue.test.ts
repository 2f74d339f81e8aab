import { TaskQueue } from '@eventlane/core/executor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const operations = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), count: fc.nat(1500) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('shift' as const), count: fc.nat(1500) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('unshift' as const), count: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), count: fc.constant(0) }) },
  ),
  { maxLength: 20 },
)

describe('a TaskQueue', () => {
  it('behaves like an array, however long it gets', () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const queue = new TaskQueue<number>()
        let model: number[] = []
        let next = 0
        for (const step of steps) {
          if (step.do === 'clear') {
            expect(queue.clear()).toEqual(model)
            model = []
          } else if (step.do === 'unshift') {
            const items = Array.from({ length: step.count }, () => next++)
            queue.unshift(items)
            model.unshift(...items)
          } else {
            for (let index = 0; index < step.count; index += 1) {
              if (step.do === 'push') {
                queue.push(next)
                model.push(next++)
              } else {
                expect(queue.shift()).toBe(model[0])
                model = model.slice(1)
              }
            }
          }
          expect(queue.size).toBe(model.length)
          expect(queue.peek()).toBe(model[0])
        }
        expect(queue.clear()).toEqual(model)
      }),
      { numRuns: 50 },
    )
  })
})
