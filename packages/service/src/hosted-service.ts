import { InvalidOptionError, type LocalExecutionMode } from '@eventlane/core'
import { isPositiveMs } from '@eventlane/core/executor'
import type { ServiceLostError } from './errors.js'
import type { ServiceStatus } from './supervision.js'
import type { Supervisor } from './supervisor.js'
import { within } from './within.js'

/** How a service is. */
export interface ServiceHealth {
  /** What it is doing. */
  readonly status: ServiceStatus
  /** Whether it is ready, and its check, where it has one, has passed. */
  readonly isHealthy: boolean
  /** What its check returned. */
  readonly detail: unknown
  /** What its check threw, or why it is not ready. */
  readonly error: unknown
}

/** A service as a host runs it. */
export class HostedService {
  readonly #supervisor: Supervisor

  /** Made by `host.add` and `host.service`. */
  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor
  }

  /** What its host calls it. */
  get name(): string {
    return this.#supervisor.service.name
  }

  /** Where it runs. */
  get mode(): LocalExecutionMode {
    return this.#supervisor.service.mode
  }

  /** What it is doing. */
  get status(): ServiceStatus {
    return this.#supervisor.status
  }

  /** How often it has been started. */
  get incarnation(): number {
    return this.#supervisor.incarnation
  }

  /** How many events wait for it. */
  get waiting(): number {
    return this.#supervisor.waiting
  }

  /** Its last crash; it stays after a restart. */
  get error(): ServiceLostError | undefined {
    return this.#supervisor.error
  }

  /**
   * Asks the service how it is.
   *
   * @param timeoutMs how long it may take to answer, in milliseconds
   */
  async health(timeoutMs = 1000): Promise<ServiceHealth> {
    if (!isPositiveMs(timeoutMs)) {
      throw new InvalidOptionError(
        'timeoutMs must be a positive number of milliseconds',
        'health()',
        'see its docs',
      )
    }
    const check = this.#supervisor.check().then(
      (detail): ServiceHealth => ({ status: this.status, isHealthy: true, detail, error: undefined }),
      (error: unknown): ServiceHealth => ({
        status: this.status,
        isHealthy: false,
        detail: undefined,
        error,
      }),
    )
    if (await within(timeoutMs, check)) return await check
    const error = new Error(`the service did not answer within ${String(timeoutMs)} ms`)
    return { status: this.status, isHealthy: false, detail: undefined, error }
  }
}
