import { EventEmitter, EventLinker, type Executor } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { observe } from 'eventlane'
import { WaitDue, waits } from '../pool/workers/waiting.js'
import { computes, ComputingDue, isTiny, TrifleDue } from './workers/handlers.js'
import { doOnce, type Workload } from './workload.js'

const WORKERS = 2
const ASYNC_CONCURRENCY = 64
const OBSERVED_PASSES = 5

/** Where a handler may run, in the order in which they are shown. */
const PLACES = ['inline', 'thread', 'thread-async'] as const
type Place = (typeof PLACES)[number]

/** Where each kind of handler runs. */
export interface Placement {
  readonly computing: Place
  readonly tiny: Place
  readonly waiting: Place
}

/** All there are. */
export const placements: readonly Placement[] = PLACES.flatMap((computing) =>
  PLACES.flatMap((tiny) => PLACES.map((waiting) => ({ computing, tiny, waiting }))),
)

export const allInline: Placement = { computing: 'inline', tiny: 'inline', waiting: 'inline' }
export const allOnThreads: Placement = { computing: 'thread', tiny: 'thread', waiting: 'thread' }

export function nameOf({ computing, tiny, waiting }: Placement): string {
  return [computing, tiny, waiting].join(' · ')
}

/** An emitter whose links say where their handlers run. */
export type PlacedEmitter = EventEmitter<object, Place>

/** One executor of each kind, for emitters of all placements. */
export class Executors implements AsyncDisposable {
  readonly #byPlace: Readonly<Record<Place, Executor>> = {
    inline: new InlineExecutor(),
    thread: new ThreadExecutor({ workers: WORKERS }),
    'thread-async': new ThreadExecutor({ workers: WORKERS, concurrency: ASYNC_CONCURRENCY }),
  }

  emitter({ computing, tiny, waiting }: Placement): PlacedEmitter {
    const linker = new EventLinker<object>()
    linker.on(ComputingDue, computes, { executor: computing })
    linker.on(TrifleDue, isTiny, { executor: tiny })
    linker.on(WaitDue, waits, { executor: waiting })
    const { inline } = this.#byPlace
    return new EventEmitter<object, Place>({
      executor: new InlineExecutor(),
      executors: { ...this.#byPlace, inline },
      linker,
      ownsExecutor: false,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#byPlace).map((executor) => executor.shutdown()))
  }
}

/** Has `observe` watch the workload where everything is inline, and asks it where the handlers belong. */
export async function recommendedPlacement(workload: Workload, executors: Executors): Promise<Placement> {
  const events = executors.emitter(allInline)
  using observation = observe(events, { onWarning: () => undefined })
  for (let pass = 0; pass < OBSERVED_PASSES; pass += 1) await doOnce(workload, events)
  const reports = observation.report()
  const placeOf = (handler: { readonly name: string }): Place => {
    const mode = reports.find(({ address }) => address?.name === handler.name)?.recommendation.mode
    switch (mode) {
      case 'main-event-loop-async':
        return 'inline'
      case 'separate-thread':
        return 'thread'
      case 'separate-thread-async':
        return 'thread-async'
      default:
        throw new Error(`observe recommends ${String(mode)} for ${handler.name}, which is not measured`)
    }
  }
  return { computing: placeOf(computes), tiny: placeOf(isTiny), waiting: placeOf(waits) }
}
