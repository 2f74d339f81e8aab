import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveRestartOptions, type RestartStrategy } from '../src/restart.js'
import {
  IDLE,
  supervise,
  type ServiceStatus,
  type Supervision,
  type SupervisionInput,
} from '../src/supervision.js'

/** Every change of state there may be. */
const LEGAL: Readonly<Record<ServiceStatus, readonly ServiceStatus[]>> = {
  idle: ['starting', 'stopped'],
  starting: ['ready', 'down', 'failed', 'stopping'],
  ready: ['down', 'failed', 'stopping'],
  down: ['starting', 'stopped'],
  failed: ['stopped'],
  stopping: ['stopped'],
  stopped: [],
}

const strategies: RestartStrategy[] = ['never', 'immediate', 'fixed', 'linear', 'exponential']
const inputs = fc.oneof(
  { weight: 5, arbitrary: fc.constant<SupervisionInput>({ kind: 'start' }) },
  { weight: 25, arbitrary: fc.constant<SupervisionInput>({ kind: 'ready' }) },
  { weight: 25, arbitrary: fc.constant<SupervisionInput>({ kind: 'lost' }) },
  { weight: 25, arbitrary: fc.constant<SupervisionInput>({ kind: 'due' }) },
  { weight: 1, arbitrary: fc.constant<SupervisionInput>({ kind: 'stop' }) },
  { weight: 1, arbitrary: fc.constant<SupervisionInput>({ kind: 'lost', isHopeless: true }) },
)
const histories = fc.array(fc.tuple(inputs, fc.integer({ min: 0, max: 40 })), {
  minLength: 1,
  maxLength: 200,
})
const settings = fc.record({
  strategy: fc.constantFrom(...strategies),
  maxRestarts: fc.integer({ min: 0, max: 4 }),
  windowMs: fc.integer({ min: 1, max: 400 }),
})

interface Step {
  readonly input: SupervisionInput
  readonly before: Supervision
  readonly after: Supervision
  readonly action: string
  readonly at: number
}

function play(history: readonly (readonly [SupervisionInput, number])[], given: object): Step[] {
  const options = resolveRestartOptions({ delayMs: 0, ...given }, 'here')
  let state = supervise(IDLE, { kind: 'start' }, options, 0, 0).next
  let now = 0
  return history.map(([input, later]) => {
    now += later
    const before = state
    const { next, action } = supervise(state, input, options, now, 0.5)
    state = next
    return { input, before, after: next, action: action.kind, at: now }
  })
}

describe('the supervision of a service', () => {
  it('only ever makes legal changes, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(histories, settings, (history, given) => {
        for (const { before, after } of play(history, given)) {
          if (before !== after) expect(LEGAL[before.status]).toContain(after.status)
        }
      }),
    )
  })

  it('never restarts more often within a window than it may', () => {
    fc.assert(
      fc.property(histories, settings, (history, given) => {
        const restarts = play(history, given)
          .filter(({ action }) => action === 'launch')
          .map(({ at }) => at)
        for (const end of restarts) {
          const within = restarts.filter((at) => at <= end && at > end - given.windowMs)
          expect(within.length).toBeLessThanOrEqual(given.maxRestarts)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('launches exactly when it goes to starting, waits exactly when it goes down, and halts exactly when it is to stop', () => {
    fc.assert(
      fc.property(histories, settings, (history, given) => {
        for (const { before, after, action } of play(history, given)) {
          const entered = before === after ? undefined : after.status
          expect(action).toBe(
            entered === 'starting'
              ? 'launch'
              : entered === 'down'
                ? 'wait'
                : entered === 'stopping'
                  ? 'halt'
                  : 'none',
          )
        }
      }),
    )
  })

  it('never restarts what is hopeless, or what is never to be restarted', () => {
    fc.assert(
      fc.property(histories, settings, (history, given) => {
        for (const { before, after, input } of play(history, given)) {
          const isFinal = given.strategy === 'never' || (input.kind === 'lost' && input.isHopeless === true)
          if (input.kind === 'lost' && isFinal && ['starting', 'ready'].includes(before.status)) {
            expect(after.status).toBe('failed')
          }
        }
      }),
    )
  })

  it('is over, whatever went before, when it has been told to stop and its realm is gone', () => {
    fc.assert(
      fc.property(histories, settings, (history, given) => {
        const end: [SupervisionInput, number][] = [
          [{ kind: 'stop' }, 0],
          [{ kind: 'lost' }, 0],
        ]
        expect(play([...history, ...end], given).at(-1)!.after.status).toBe('stopped')
      }),
    )
  })

  it('goes on for ever where nothing limits it', () => {
    const crash: [SupervisionInput, number][] = [
      [{ kind: 'lost' }, 0],
      [{ kind: 'due' }, 0],
    ]
    const history = Array.from({ length: 1000 }, () => crash).flat()
    const steps = play(history, { strategy: 'immediate', maxRestarts: Infinity })
    expect(steps.filter(({ action }) => action === 'launch')).toHaveLength(1000)
  })

  it('counts failures in a row until the service has been ready for a window', () => {
    const round = (readyMs: number): [SupervisionInput, number][] => [
      [{ kind: 'ready' }, 0],
      [{ kind: 'lost' }, readyMs],
      [{ kind: 'due' }, 0],
    ]
    const history = [round(1), round(1), round(99), round(100), round(1)].flat()
    const steps = play(history, { windowMs: 100, maxRestarts: Infinity })
    const failures = steps.filter(({ action }) => action === 'wait').map(({ after }) => after.failures)
    expect(failures).toEqual([1, 2, 3, 1, 2])
  })
})
