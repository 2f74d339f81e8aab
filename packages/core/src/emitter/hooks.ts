import type { HandlerAddress } from '../address.js'
import { InvalidOptionError } from '../errors/errors.js'
import type { Metadata } from '../payload/metadata.js'
import { checkOptions, isFunction, isPlainObject } from '../options.js'
import type { EmissionReport, Outcome } from '../executor/outcome.js'

interface HookedEmission {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** The emission whose handler emitted this one, if one did. */
  readonly parentId: string | undefined
}

/** An emission that is about to be made. */
export interface EmissionDraft extends HookedEmission {
  /** A copy of the validated payload, decoded when it is read. */
  readonly payload: unknown
  /**
   * What travels with the emission beside its payload, a copy of its own: what was given to `emit`, or what the parent had, and
   * what the hooks before have added. What is added here is found in `context.metadata` by every handler, and by the handlers
   * of what they emit.
   */
  readonly metadata: Record<string, unknown>
}

/** A task that starts. */
export interface StartedTask extends HookedEmission {
  /** The handler, as `name (module)`. */
  readonly handler: string
  /** The handler's address; `undefined` for a local one. */
  readonly address: HandlerAddress | undefined
  /** Which attempt this is, from 1. */
  readonly attempt: number
  /** A copy of the payload, decoded when it is read. */
  readonly payload: unknown
  /** What travels with the emission beside its payload, a copy. */
  readonly metadata: Metadata
}

/** A task that had started and has ended. */
export interface EndedTask extends StartedTask {
  /** How it ended; its value is a copy. */
  readonly outcome: Outcome
}

/** An emission whose tasks all have an outcome. */
export interface SettledEmission extends HookedEmission {
  /** What travelled with the emission beside its payload, a copy. */
  readonly metadata: Metadata
  /** Reading it does not count as having observed the emission. */
  readonly report: EmissionReport
}

/**
 * What is called around the emissions of an emitter and their handlers: always in the emitter's own realm, synchronously, in
 * the order in which the hooks were registered. An emission has the hooks that were registered when it was made.
 */
export interface EmitterHooks {
  /**
   * Called inside `emit` when the payload is valid and portable, also where a handler emits and where nothing is linked. It may
   * add metadata. Where it throws, `emit` throws its error, and nothing has happened; the hooks after it are not called. What
   * refuses the emission later, such as a full queue, is told to no hook.
   */
  readonly beforeEmit?: (emission: EmissionDraft) => void
  /**
   * Called when an executor starts a task: directly before its handler where that runs in this realm, and when the task is handed
   * to a worker where it runs in one; the handler may start a little later there. Called for each attempt at a task.
   */
  readonly beforeHandle?: (task: StartedTask) => unknown
  /**
   * Called once for each call of `beforeHandle`, when the task or the attempt at it has an outcome. A task that never started,
   * because it was cancelled or dropped before, is in the report of `afterEmit` only.
   */
  readonly afterHandle?: (task: EndedTask) => unknown
  /** Called when every task of an emission has an outcome; never inside `emit`. */
  readonly afterEmit?: (emission: SettledEmission) => unknown
}

/** Hooks of an emitter, until they are removed. */
export interface HookRegistration extends Disposable {
  /** Emissions from now on do without the hooks. Calling it again does nothing. */
  remove(): void
}

const HOOKS: Readonly<Record<keyof EmitterHooks, (value: unknown) => boolean>> = {
  beforeEmit: isFunction,
  beforeHandle: isFunction,
  afterHandle: isFunction,
  afterEmit: isFunction,
}
const NAMES = Object.keys(HOOKS) as (keyof EmitterHooks)[]

/**
 * Refuses what has no hooks. Objects of a class may have other fields as well.
 *
 * @throws InvalidOptionError
 */
export function checkHooks(hooks: EmitterHooks): void {
  const isOfClass = typeof hooks === 'object' && (hooks as object | null) !== null && !isPlainObject(hooks)
  checkOptions(isOfClass ? hooksIn(hooks) : hooks, HOOKS, () => 'emitter.use()')
  if (NAMES.some((name) => hooks[name] !== undefined)) return
  throw new InvalidOptionError('there is no hook', 'emitter.use()', `known hooks: ${NAMES.join(', ')}`)
}

function hooksIn(hooks: EmitterHooks): object {
  return Object.fromEntries(NAMES.map((name) => [name, hooks[name]]))
}
