import { InvalidLinkError, InvalidOptionError } from '../errors/errors.js'
import { describeEvents } from '../event/event-selector.js'
import type { Executor, Task } from '../executor/executor.js'
import type { Link } from '../link/link.js'
import { showValue } from '../errors/thrown.js'

/** The executors of an emitter: the one of links that name none, and those that links name. */
export class ExecutorSet {
  readonly main: Executor
  readonly #named: ReadonlyMap<string, Executor>
  readonly all: readonly Executor[]

  /** @throws InvalidOptionError when one is no executor, is given twice, or cannot be beside the others */
  constructor(main: Executor, named: Readonly<Record<string, Executor>> = {}) {
    this.main = main
    this.#named = new Map(Object.entries(named))
    this.all = [main, ...this.#named.values()]
    for (const [name, executor] of this.#named) {
      if (!isExecutor(executor))
        throw refused(`executors.${name} is ${showValue(executor)}`, 'pass an executor')
    }
    if (new Set(this.all).size < this.all.length)
      throw refused('the same executor is given twice', 'give each executor one name, or none')
    if (this.all.length > 1 && this.all.filter((executor) => executor.reserve === undefined).length > 1) {
      throw refused(
        'more than one of the executors cannot reserve room, so that an emission could get into one and not into another',
        'use at most one executor that has no method reserve',
      )
    }
  }

  /** Whether links can name executors. */
  get areSeveral(): boolean {
    return this.#named.size > 0
  }

  /** By their names. */
  get named(): Readonly<Record<string, Executor>> {
    return Object.fromEntries(this.#named)
  }

  /**
   * The executor of a link that is not local.
   *
   * @throws InvalidLinkError when there is none of the name that the link gives
   */
  of(link: Link): Executor {
    const { executor: name } = link.options
    if (name === undefined) return this.main
    const executor = this.#named.get(name)
    if (executor !== undefined) return executor
    const names = [...this.#named.keys()].join(', ')
    throw new InvalidLinkError(
      `the link names the executor ${JSON.stringify(name)}, and the emitter has ${names === '' ? 'no executors with names' : `only ${names}`}`,
      `${describeEvents(link.events)}, handler ${link.label}`,
      `pass it to the emitter: new EventEmitter({ executor, executors: { ${JSON.stringify(name)}: … } })`,
    )
  }

  /** Makes sure that all of them can run the handlers of their links. */
  async prepare(links: readonly Link[]): Promise<void> {
    const addresses = links.map((link) => ({ executor: this.of(link), address: link.bound.address }))
    await Promise.all(
      this.all.map((executor) =>
        executor.prepare(addresses.flatMap((one) => (one.executor === executor ? (one.address ?? []) : []))),
      ),
    )
  }

  async shutdown(): Promise<void> {
    await allEnded(this.all.map((executor) => executor.shutdown()))
  }

  async terminate(): Promise<void> {
    await allEnded(this.all.map((executor) => executor.terminate()))
  }
}

/** Waits for all of them, also where one fails. */
async function allEnded(ends: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(ends)
  await Promise.all(ends)
}

function isExecutor(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'submit' in value && 'capabilities' in value
}

function refused(what: string, remedy: string): InvalidOptionError {
  return new InvalidOptionError(what, 'new EventEmitter()', remedy)
}

/**
 * Hands the tasks of one emission to several executors: to all or to none. Room is reserved in each of them first; none has been
 * given a task when one refuses.
 *
 * @returns where one has no room yet, the promise that all have
 * @throws what the executor throws that refuses
 */
export function submitToAll(
  groups: ReadonlyMap<Executor, readonly Task[]>,
  emittedBy: Task | undefined,
): Promise<void> | undefined {
  const releases = new Map<Executor, () => void>()
  const admissions: Promise<void>[] = []
  const submit = (executor: Executor, tasks: readonly Task[]): void => {
    const admission = executor.submit(tasks, emittedBy)
    if (admission) admissions.push(admission)
  }
  try {
    for (const [executor, tasks] of groups) {
      const release = executor.reserve?.(tasks)
      if (release) releases.set(executor, release)
    }
    // At most one, by the rule of the set.
    for (const [executor, tasks] of groups) if (!releases.has(executor)) submit(executor, tasks)
  } catch (error) {
    for (const release of releases.values()) release()
    throw error
  }
  for (const [executor, release] of releases) {
    const tasks = groups.get(executor) ?? []
    release()
    try {
      submit(executor, tasks)
    } catch (error) {
      // A hook or callback has ended it since; the others have their tasks.
      queueMicrotask(() => {
        for (const task of tasks) task.settle({ status: 'cancelled', reason: error })
      })
    }
  }
  return admissions.length > 0 ? Promise.all(admissions).then(() => undefined) : undefined
}
