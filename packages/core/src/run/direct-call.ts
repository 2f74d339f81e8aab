import type { HandlerAddress } from '../address.js'
import { checkInstance } from '../event/class-event.js'
import { debugLog, type DebugLog } from '../tracing/debug-log.js'
import { DirectTask } from './direct-task.js'
import { emissionId, nextEmissionNumber } from '../executor/emission-id.js'
import { EmissionTrace } from '../tracing/emission-trace.js'
import { HandlerNotPortableError, InvalidOptionError, NestedExecutorError } from '../errors/errors.js'
import { eventName, validatePayload, type EventDefinition } from '../event/event-definition.js'
import type { Executor } from '../executor/executor.js'
import {
  boundHandler,
  checkFunction,
  handlerLabel,
  type AnyHandler,
  type BoundHandler,
} from '../handler/handler.js'
import { eventsOf } from '../handler/handler-events.js'
import { metadataOf } from '../payload/metadata.js'
import { passageOf, Payload, type Passage } from '../payload/payload.js'
import { isImportingHandlers } from '../handler/realm.js'
import type { RunOptions } from './run-options.js'
import { isTraced } from '../tracing/tracing.js'

/** A handler on an executor, and how it is run: what direct tasks of it have in common. */
export class DirectCall {
  readonly address: HandlerAddress
  readonly label: string
  readonly #executor: Executor
  readonly #bound: BoundHandler
  readonly #definition: EventDefinition | undefined
  /** Where a payload is no instance of a class of its own. */
  readonly event: string
  readonly #passage: Passage
  readonly #timeoutMs: number | undefined
  readonly #metadata: Payload | undefined
  readonly #debug: DebugLog | undefined

  /**
   * @throws HandlerNotPortableError when the handler has no address; InvalidOptionError when it is not clear, or wrong, of which
   *   of its events it is run; PayloadNotPortableError of the metadata; NestedExecutorError while handlers are imported
   */
  constructor(executor: Executor, handler: AnyHandler, options: RunOptions) {
    checkNotImporting()
    checkFunction(handler, 'run of a handler')
    const bound = boundHandler(handler)
    const { address } = bound
    if (address === undefined) throw notAddressable(handler)
    this.address = address
    this.label = handlerLabel(bound)
    this.#executor = executor
    this.#bound = bound
    this.#definition = definitionFor(handler, options.event, this.label)
    this.event = this.#definition === undefined ? address.name : eventName(this.#definition)
    this.#passage = passageOf(executor.capabilities)
    this.#timeoutMs = options.timeoutMs
    this.#metadata = metadataOf(options.metadata, this.event)
    this.#debug = debugLog(options.debug)
  }

  /**
   * Makes the task of one payload.
   *
   * @param submit hands it to the executor; what it throws is thrown
   * @throws InvalidPayloadError, PayloadNotPortableError
   */
  begin(input: unknown, submit?: (task: DirectTask) => void): DirectTask {
    const trace = this.#trace()
    const begin = (): DirectTask => {
      const task = this.#task(input, trace)
      submit?.(task)
      return task
    }
    return trace === undefined ? begin() : trace.emit(begin)
  }

  #task(input: unknown, trace: EmissionTrace | undefined): DirectTask {
    const event = (this.#definition && checkInstance(this.event, input)) ?? this.event
    const value = validatePayload(this.#definition, input)
    const payload = Payload.of(value, this.#passage, { event, handler: this.label })
    payload.endAfter(1)
    return new DirectTask({
      executor: this.#executor,
      bound: this.#bound,
      address: this.address,
      label: this.label,
      event,
      payload,
      timeoutMs: this.#timeoutMs,
      metadata: trace ? trace.metadataWith(this.#metadata) : this.#metadata,
      trace,
    })
  }

  #trace(): EmissionTrace | undefined {
    if (this.#debug === undefined && !isTraced()) return undefined
    return new EmissionTrace({
      event: this.event,
      emissionId: emissionId(nextEmissionNumber()),
      parentId: undefined,
      mode: this.#executor.mode,
      debug: this.#debug,
      isDirect: true,
    })
  }
}

function definitionFor(
  handler: AnyHandler,
  event: EventDefinition | undefined,
  label: string,
): EventDefinition | undefined {
  const events = eventsOf(handler)
  const isWanted = (one: EventDefinition): boolean => eventName(one) === eventName(event)
  if (event !== undefined) {
    const found = events.find(isWanted)
    if (found) return found
    throw new InvalidOptionError(
      `option event is none of the events that the handler was defined with: ${JSON.stringify(eventName(event))}`,
      `handler ${label}`,
      'name one of them, or leave it out where there is one or none',
    )
  }
  if (events.length <= 1) return events[0]
  throw new InvalidOptionError(
    `the handler was defined with ${String(events.length)} events, and the option event does not say which of them the payload is of`,
    `handler ${label}`,
    `say it: { event: … }, one of ${events.map((one) => JSON.stringify(eventName(one))).join(', ')}`,
  )
}

function notAddressable({ name }: AnyHandler): HandlerNotPortableError {
  return new HandlerNotPortableError(
    'the handler has no address, so no other realm could find it',
    `handler ${name || '(anonymous)'}`,
    `define it at the top level of its module with defineHandler(import.meta.url, ${name || 'handler'}), or decorate it; what must stay here needs no executor: call it`,
  )
}

function checkNotImporting(): void {
  if (!isImportingHandlers()) return
  throw new NestedExecutorError(
    'an executor was used while a worker was importing a handler module',
    'guard the main code of that module with `if (isMainRealm) { … }`, or keep handlers in a module of their own',
  )
}
