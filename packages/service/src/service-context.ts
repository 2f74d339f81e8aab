import type {
  ContextFor,
  DefaultEvents,
  EmitArguments,
  EventInstance,
  EventReference,
  EventSelection,
  Handler,
  LocalExecutionMode,
  PayloadFor,
} from '@eventlane/core'

/** A subscription of a service; `using` ends it at the end of a scope. */
export interface ServiceSubscription extends Disposable {
  /** Ends it: events that wait for the service no longer reach this handler. */
  unsubscribe(): void
}

/**
 * What a service is given when it starts; its functions may be taken out of it: `start({ on, emit }) { … }`.
 *
 * @typeParam Config what its schema makes of the config
 */
export interface ServiceContext<Config = unknown> {
  /** What its host calls it. */
  readonly name: string
  /** Where it runs. */
  readonly mode: LocalExecutionMode
  /** A copy of its own, made in the service's realm. */
  readonly config: Config
  /** Which start this is, from 1; more after a restart. */
  readonly incarnation: number
  /** Aborts when the service is to stop, or has been given up by its host. */
  readonly signal: AbortSignal
  /**
   * Subscribes to events of the host's emitter. They come in the order in which they were emitted; a plain mode handles one at a
   * time, whatever the number of handlers. What a handler returns or throws is its outcome in the emission, as with any link; throwing
   * does not end the service.
   *
   * @param events a definition, a name, a namespace, `anyEvent`, or a list of them
   * @param handler called with each payload; it may be a closure, since it runs where it is
   * @throws InvalidEventError
   */
  readonly on: <const Selection extends EventSelection<DefaultEvents>>(
    events: Selection,
    handler: Handler<
      NoInfer<PayloadFor<DefaultEvents, Selection>>,
      unknown,
      NoInfer<ContextFor<DefaultEvents, Selection>>
    >,
  ) => ServiceSubscription
  /**
   * Emits an event from the host's emitter. The payload is validated and encoded at once.
   *
   * @returns a promise of admission, not of settlement; a rejection that nobody awaits is a process warning
   * @throws InvalidPayloadError or PayloadNotPortableError at once; the promise rejects with EmitterClosedError, for one
   */
  readonly emit: <Event extends EventReference<DefaultEvents> | EventInstance>(
    event: Event,
    ...payload: EmitArguments<DefaultEvents, Event>
  ) => Promise<void>
  /**
   * Says that the service is ready, before `start` has returned: for services that work in `start` until their signal aborts. Of
   * the others it is said when `start` has returned.
   */
  readonly ready: () => void
  /**
   * Ends this incarnation as a crash, and has the host restart the service. It works in every mode; on the event loop of the
   * program it is, beside a `start` that throws, the only crash there is.
   */
  readonly fail: (error: unknown) => void
  /**
   * Sets what `host.health()` asks: the service is healthy unless it throws or does not answer in time, and what it returns is
   * the detail that is shown.
   */
  readonly health: (check: () => unknown) => void
}

/** Ends what `start` has begun; called when the signal has aborted, and waited for. */
export type StopService = () => unknown
