import type { HandlerAddress } from '../address.js'
import { EventlaneError } from './eventlane-error.js'
import { messageOf } from './thrown.js'

/** The task that a worker held when it ended. */
export interface LostTask {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** The handler in words. */
  readonly label: string
  /** The handler's address; `undefined` for one that has none. */
  readonly address: HandlerAddress | undefined
}

/** What is known of a worker that ended while it held tasks. */
interface WorkerLoss {
  /** `thread` or `process`. */
  readonly worker: string
  /** In words, such as `exited with code 3`. */
  readonly reason: string
  /** The exit code; `undefined` where a signal ended it, or nothing is known. */
  readonly exitCode?: number | undefined
  /** The signal that ended it, such as `SIGKILL`. */
  readonly exitSignal?: string | undefined
  /** `yes` where the handler had certainly begun, else `unknown`. */
  readonly started: 'yes' | 'unknown'
  /** The handler that brought the worker down, where that is known. */
  readonly culprit?: string | undefined
}

/** The worker that ran (or may have run) a task ended before the task did. */
export class WorkerLostError extends EventlaneError {
  static {
    this.prototype.name = 'WorkerLostError'
  }
  /** How the worker ended, in words. */
  readonly reason: string
  /** The exit code; `undefined` where a signal ended it, or nothing is known. */
  readonly exitCode: number | undefined
  /** The signal that ended it, such as `SIGKILL`. */
  readonly exitSignal: string | undefined
  /** `yes` where the task's handler had certainly begun, else `unknown`. */
  readonly started: 'yes' | 'unknown'
  /** The handler that brought the worker down, as `name (module)`, where that is known; it may be another one's. */
  readonly culprit: string | undefined
  /** The task's event; this and the next two are `undefined` where the worker held no task. */
  readonly event: string | undefined
  /** The id of the task's emission. */
  readonly emissionId: string | undefined
  /** The address of the task's handler. */
  readonly address: HandlerAddress | undefined

  constructor(loss: WorkerLoss, task: LostTask | undefined, cause?: unknown) {
    super({
      code: 'ERR_WORKER_LOST',
      what: `the worker ${loss.worker} ${loss.reason}${task === undefined ? '' : ' while it held this task'}`,
      where:
        task && `event ${JSON.stringify(task.event)}, emission ${task.emissionId}, handler ${task.label}`,
      remedy: lossRemedy(loss, task, cause),
      cause,
    })
    this.reason = loss.reason
    this.exitCode = loss.exitCode
    this.exitSignal = loss.exitSignal
    this.started = loss.started
    this.culprit = loss.culprit
    this.event = task?.event
    this.emissionId = task?.emissionId
    this.address = task?.address
  }
}

function lossRemedy({ culprit, started }: WorkerLoss, task: LostTask | undefined, cause: unknown): string {
  const look =
    culprit !== undefined
      ? `see what ${culprit} did to its worker`
      : cause !== undefined
        ? 'see the cause'
        : "see the worker's own output"
  if (task === undefined) return look
  const ran = started === 'yes' ? 'the task has run in part' : 'the task may have run in part, or not at all'
  return `${look}; the worker is replaced, and ${ran}`
}

/** A pool's workers die as fast as they are started. */
export class PoolBrokenError extends EventlaneError {
  static {
    this.prototype.name = 'PoolBrokenError'
  }
  constructor(
    worker: string,
    attempts: number,
    cause: unknown,
    remedy = 'mend what stops the worker (see the cause; execArgv, env and modules are the usual suspects); the next emission or ready() tries again',
  ) {
    super({
      code: 'ERR_POOL_BROKEN',
      what: `no worker ${worker} could be started (attempts: ${String(attempts)}): ${messageOf(cause)}`,
      remedy,
      cause,
    })
  }
}
