import type { Emission } from './emission.js'
import type { EmissionTask } from './emission-task.js'
import { InvalidOptionError } from '../errors/errors.js'
import type { TaskResult } from '../executor/executor.js'
import { callAside } from '../errors/failure-report.js'
import type { EmitterHooks, HookRegistration, StartedTask } from './hooks.js'
import { metadataOf, readMetadata, type Metadata } from '../payload/metadata.js'
import type { EmissionReport } from '../executor/outcome.js'
import type { Payload } from '../payload/payload.js'

/** Takes the error of a hook that is told of something, and asked nothing. */
export type HookFailure = (event: string, hook: keyof EmitterHooks, error: unknown) => void

/** By an object of its own, since the same hooks may be registered twice. */
interface Registered {
  readonly hooks: EmitterHooks
}

/** The hooks of an emitter. */
export class HookRegistry {
  readonly #failed: HookFailure
  #registered: readonly Registered[] = []
  #chain: HookChain | undefined

  constructor(failed: HookFailure) {
    this.#failed = failed
  }

  /** The hooks of emissions that are made now; `undefined` where there are none. */
  get chain(): HookChain | undefined {
    return this.#chain
  }

  add(hooks: EmitterHooks): HookRegistration {
    const registration: Registered = { hooks }
    this.#become([...this.#registered, registration])
    const remove = (): void => {
      this.#become(this.#registered.filter((other) => other !== registration))
    }
    return { remove, [Symbol.dispose]: remove }
  }

  #become(registered: readonly Registered[]): void {
    this.#registered = registered
    this.#chain =
      registered.length === 0
        ? undefined
        : new HookChain(
            registered.map(({ hooks }) => hooks),
            this.#failed,
          )
  }
}

/** The hooks of an emission, in order: those of its emitter when it was made. */
export class HookChain {
  readonly #hooks: readonly EmitterHooks[]
  readonly #failed: HookFailure

  constructor(hooks: readonly EmitterHooks[], failed: HookFailure) {
    this.#hooks = hooks
    this.#failed = failed
  }

  /** Asks before an emission is made; throws what a hook throws. */
  emissionStarts(emission: Emission, payload: Payload): void {
    const { event, id: emissionId, parentId } = emission
    const metadata = { ...readMetadata(emission.metadata) }
    for (const hooks of this.#hooks) {
      const draft = {
        event,
        emissionId,
        parentId,
        metadata,
        get payload(): unknown {
          return payload.read()
        },
      }
      const returned: unknown = hooks.beforeEmit?.(draft)
      if (returned instanceof Promise) throw asynchronous(event, returned)
    }
    if (Object.keys(metadata).length > 0) emission.metadata = metadataOf(metadata, event)
  }

  taskStarts(task: EmissionTask): void {
    const { attempt } = task.submitted
    for (const hooks of this.#hooks)
      this.#tell(task.event, hooks, 'beforeHandle', () => started(task, attempt))
  }

  taskEnded(task: EmissionTask, result: TaskResult, attempt: number): void {
    for (const hooks of this.#hooks) {
      this.#tell(task.event, hooks, 'afterHandle', () =>
        Object.defineProperty(started(task, attempt), 'outcome', {
          enumerable: true,
          get: () => task.outcomeOf(result, attempt),
        }),
      )
    }
  }

  emissionSettled(emission: Emission): void {
    const { event, id: emissionId, parentId } = emission
    for (const hooks of this.#hooks) {
      this.#tell(event, hooks, 'afterEmit', () => ({
        event,
        emissionId,
        parentId,
        get metadata(): Metadata {
          return readMetadata(emission.metadata)
        },
        get report(): EmissionReport {
          return emission.makeReport()
        },
      }))
    }
  }

  /** What a hook throws concerns nobody who is under way here, so it is reported. */
  #tell(
    event: string,
    hooks: EmitterHooks,
    name: Exclude<keyof EmitterHooks, 'beforeEmit'>,
    about: () => object,
  ) {
    if (hooks[name] === undefined) return
    callAside(
      () => hooks[name]?.(about() as never),
      (error) => {
        this.#failed(event, name, error)
      },
    )
  }
}

function asynchronous(event: string, returned: Promise<unknown>): InvalidOptionError {
  returned.catch(() => undefined)
  return new InvalidOptionError(
    'the hook beforeEmit returned a promise, which emit cannot wait for',
    `event ${JSON.stringify(event)}`,
    'make it synchronous',
  )
}

function started(task: EmissionTask, attempt: number): StartedTask {
  const { event, emissionId, parentId, label: handler, address } = task
  return {
    event,
    emissionId,
    parentId,
    handler,
    address,
    attempt,
    get payload(): unknown {
      return task.payload.read()
    },
    get metadata(): Metadata {
      return readMetadata(task.metadata)
    },
  }
}
