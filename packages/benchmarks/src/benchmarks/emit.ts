import type { Benchmark } from '../benchmark.js'
import { ContenderProcess } from '../contender-process.js'
import type { Contest } from '../contest.js'
import { emissionTime } from '../emit/contenders.js'
import { HANDLER_COUNTS, type Delivery, type EmitTask } from '../emit/delivery.js'
import { BY_REFERENCE, EVENTLANE, type SubjectName } from '../emit/subjects.js'
import type { Measurements } from '../measurements.js'
import type { Ratio, Target } from '../ratio.js'
import { playRounds } from '../rounds.js'

const AWAITED = ['eventlane', BY_REFERENCE, 'emittery', 'hookable', 'eventemitter2'] as const
const FORGOTTEN = [...AWAITED, 'eventemitter3', 'node:events'] as const

/** Emitting on the main event loop, beside emitters that do nothing else. */
export const emit: Benchmark = {
  name: 'emit',
  title: 'Emitting inline',
  tables: [
    { name: 'awaited', title: 'Awaited, one after the other: async handlers' },
    { name: 'forgotten', title: 'Fire and forget, until all is done: synchronous handlers' },
  ],
  notes: [
    'The time from one emission to the next, with all of its handlers. The payload is a small, flat object.',
    'eventlane checks and copies the payload, for each handler anew, and gives a report with the outcome of each handler. With `portable: false` it passes references, as all others do.',
    'hookable calls handlers one after the other (`callHook`), eventemitter2 all at once (`emitAsync`), emittery in a later microtask, as eventlane does. node:events and eventemitter3 cannot wait for handlers.',
    'Everybody has a process of its own. Before Node.js 24, `AsyncLocalStorage`, which eventlane uses, makes promises slower in the process where it is used; in a program that uses it anyway, for tracing say, the others are slower than here.',
  ],
  peers: ['emittery', 'hookable', 'eventemitter2', 'eventemitter3'],
  run: async (settings) => {
    using processes = new ContenderProcesses()
    const contests = [
      ...contestsOf('awaited', AWAITED, processes),
      ...contestsOf('forgotten', FORGOTTEN, processes),
    ]
    const measurements = await playRounds(contests, settings)
    return { measurements, ratios: ratiosOf(measurements) }
  },
}

const PROGRAM = new URL('../emit/contender-program.js', import.meta.url)

class ContenderProcesses implements Disposable {
  readonly #processes = new Map<SubjectName, ContenderProcess<EmitTask>>()

  of(name: SubjectName): ContenderProcess<EmitTask> {
    const process = this.#processes.get(name) ?? new ContenderProcess<EmitTask>(name, PROGRAM)
    this.#processes.set(name, process)
    return process
  }

  [Symbol.dispose](): void {
    for (const process of this.#processes.values()) process[Symbol.dispose]()
  }
}

function contestsOf(
  delivery: Delivery,
  names: readonly SubjectName[],
  processes: ContenderProcesses,
): Contest[] {
  return HANDLER_COUNTS.map((handlers) => ({
    table: delivery,
    contenders: names.map((name) => processes.of(name).contender({ delivery, handlers })),
  }))
}

function ratiosOf(measurements: Measurements): Ratio[] {
  const ratio = (
    name: string,
    table: Delivery,
    handlers: number,
    of: SubjectName,
    by: SubjectName,
    target: Target,
  ): Ratio => measurements.ratio(name, { table, metric: emissionTime(handlers).name, of, by, target })
  return HANDLER_COUNTS.flatMap((count) => [
    ratio(`awaited${count}VsEmittery`, 'awaited', count, EVENTLANE, 'emittery', { kind: 'below', limit: 1 }),
    ratio(`awaited${count}VsHookable`, 'awaited', count, EVENTLANE, 'hookable', { kind: 'below', limit: 1 }),
    ratio(`awaited${count}ByReferenceVsEmittery`, 'awaited', count, BY_REFERENCE, 'emittery', {
      kind: 'at most',
      limit: 1 / 3,
    }),
    ratio(`awaited${count}ByReferenceVsHookable`, 'awaited', count, BY_REFERENCE, 'hookable', {
      kind: 'at most',
      limit: 1 / 3,
    }),
    ratio(`forgotten${count}ByReferenceVsNodeEvents`, 'forgotten', count, BY_REFERENCE, 'node:events', {
      kind: 'at most',
      limit: 15,
    }),
  ])
}
