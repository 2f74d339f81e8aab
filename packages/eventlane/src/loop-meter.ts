import { AsyncLocalStorage, createHook, executionAsyncResource, type AsyncHook } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import { types } from 'node:util'

/** How long one run of a handler has kept the event loop busy, in milliseconds. */
export class LoopTime {
  /** Of all its parts. */
  totalMs = 0
  /** In one go. */
  longestMs = 0
  #turn = 0
  #inOneGoMs = 0

  /** @param turn of the event loop: what is done in the same one is done in one go */
  add(ms: number, turn: number): void {
    this.totalMs += ms
    this.#inOneGoMs = this.#turn === turn ? this.#inOneGoMs + ms : ms
    this.#turn = turn
    if (this.#inOneGoMs > this.longestMs) this.longestMs = this.#inOneGoMs
  }
}

const OWNER = Symbol('eventlane.loop-time')

interface OwnedResource {
  [OWNER]?: LoopTime
}

/**
 * Measures how long runs keep this realm's event loop busy: not only until their first `await`, but in every callback that goes
 * back to them. What is created while a store is there, a promise or a timer, belongs to the run that is its value, and
 * so does the time of its callbacks.
 */
export class LoopMeter {
  /** Has the run that the code belongs to. */
  readonly store = new AsyncLocalStorage<LoopTime | undefined>()
  readonly #hook: AsyncHook
  /** Of the callbacks that are under way, each inside the one before it. */
  readonly #asyncIds: number[] = []
  readonly #owners: (LoopTime | undefined)[] = []
  #owner: LoopTime | undefined
  #since = 0
  #turn = 0

  constructor() {
    const { store } = this
    this.#hook = createHook({
      init(_asyncId, _type, _triggerAsyncId, resource: OwnedResource) {
        const owner = store.getStore()
        if (owner !== undefined) resource[OWNER] = owner
      },
      before: (asyncId) => {
        this.#enter(asyncId)
      },
      after: (asyncId) => {
        this.#leave(asyncId)
      },
    })
  }

  start(): void {
    this.#hook.enable()
  }

  stop(): void {
    this.#hook.disable()
    this.#leaveTo(0)
  }

  #enter(asyncId: number): void {
    const resource = executionAsyncResource() as OwnedResource
    const owner = resource[OWNER]
    // Promises go on in the turn of the callback before them.
    if (this.#asyncIds.length === 0 && !types.isPromise(resource)) this.#turn += 1
    this.#pass(owner)
    this.#asyncIds.push(asyncId)
    this.#owners.push(owner)
  }

  #leave(asyncId: number): void {
    // An uncaught exception leaves several at once; the first ones may have begun before the meter did.
    const depth = this.#asyncIds.lastIndexOf(asyncId)
    if (depth >= 0) this.#leaveTo(depth)
  }

  #leaveTo(depth: number): void {
    this.#asyncIds.length = depth
    this.#owners.length = depth
    this.#pass(this.#owners[depth - 1])
  }

  /** From here on, time is that of another run, or of none. */
  #pass(owner: LoopTime | undefined): void {
    if (owner === undefined && this.#owner === undefined) return
    const now = performance.now()
    this.#owner?.add(now - this.#since, this.#turn)
    this.#since = now
    this.#owner = owner
  }
}
