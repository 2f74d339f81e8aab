import { payloads, type Handler, type HandlerContext, type Metadata } from '@eventlane/core'
import type { HostItem, ServiceStart } from './service-message.js'

/** The instance that a call belongs to. */
export interface CallHost {
  readonly start: ServiceStart
  readonly label: string
  emit(event: unknown, rest: readonly unknown[], call: number): Promise<void>
}

/** One event in the hands of a service. */
export class ServiceCall {
  readonly #host: CallHost
  readonly #item: Extract<HostItem, readonly ['event', ...unknown[]]>
  readonly #controller = new AbortController()

  constructor(host: CallHost, item: Extract<HostItem, readonly ['event', ...unknown[]]>) {
    this.#host = host
    this.#item = item
  }

  /**
   * Calls the handler.
   *
   * @returns its encoded result
   * @throws what the handler throws
   */
  async run(handler: Handler | undefined): Promise<string> {
    const [, , , event, , , payload] = this.#item
    if (handler === undefined) throw new Error('the service has ended this subscription')
    const value = payloads.decode(payload)
    const result: unknown = await handler(value as never, this.#context(value))
    return payloads.encode(result, { root: 'result', event, handler: this.#host.label })
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }

  #context(payload: unknown): HandlerContext {
    const [, id, , event, emissionId, parentId, , metadata] = this.#item
    const { mode } = this.#host.start
    const emit = (reference: unknown, ...rest: readonly unknown[]): Promise<void> =>
      this.#host.emit(reference, rest, id)
    return {
      event,
      payload,
      emissionId,
      parentId: parentId ?? undefined,
      metadata: payloads.decode(metadata) as Metadata,
      attempt: 1,
      signal: this.#controller.signal,
      mode,
      emit: emit,
    }
  }
}
