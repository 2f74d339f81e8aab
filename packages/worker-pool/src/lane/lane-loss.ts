import { WorkerLostError } from '@eventlane/core'
import type { Task } from '@eventlane/core/executor'
import type { PoolTask } from '../pool/pool-task.js'
import { describeExit, exitCause, mayBeFromOutside, type WorkerExit } from './worker-exit.js'

/** Why a lane ended its worker. */
export interface LaneEnding {
  /** To follow "the worker thread …". */
  readonly what: string
  /** The task whose handler is to blame, where that is known. */
  readonly culprit?: Task | undefined
  /** The worker did not finish what it was asked to import. */
  readonly isImporting?: boolean
}

/** What a worker said of its own end. */
export interface LastWords {
  readonly culprit: string | undefined
  readonly error: unknown
}

/** Everything that is known of the end of a lane's worker. */
export interface LossEvidence {
  readonly worker: string
  readonly exit: WorkerExit
  readonly wasReady: boolean
  /** Set where the lane ended it. */
  readonly ending: LaneEnding | undefined
  /** Set where the worker told. */
  readonly lastWords: LastWords | undefined
  /** The tasks that had started, or may have. */
  readonly lost: readonly PoolTask[]
  /** Whether the worker was importing what it had been asked to. */
  readonly isImporting: boolean
  /** Whether it is known which tasks had started, because memory is shared. */
  readonly knowsStarted: boolean
}

/** The end of a lane's worker: what it was, who is to blame, and the errors that say so. */
export class LaneLoss {
  readonly #evidence: LossEvidence
  readonly #exit: WorkerExit
  readonly #culprit: string | undefined

  constructor(evidence: LossEvidence) {
    const { exit, lastWords } = evidence
    this.#evidence = evidence
    // What the worker says itself has kept its class and its fields.
    this.#exit = lastWords?.error === undefined ? exit : { ...exit, error: lastWords.error }
    this.#culprit = this.#findCulprit()
  }

  /** Whether something else than the import under way may have ended the worker. */
  get isImportBlameless(): boolean {
    const { ending, lastWords, lost } = this.#evidence
    if (ending) return ending.isImporting !== true
    return lastWords?.culprit !== undefined || lost.length > 0
  }

  /** The error of a task that the worker held, or of the worker itself. */
  error(held?: PoolTask): WorkerLostError {
    const { worker, wasReady, ending, knowsStarted } = this.#evidence
    return new WorkerLostError(
      {
        worker,
        reason: ending?.what ?? describeExit(this.#exit, wasReady),
        exitCode: this.#exit.code,
        exitSignal: this.#exit.signal,
        started: held && (held.isStarted || knowsStarted) ? 'yes' : 'unknown',
        culprit: this.#culprit,
      },
      held?.task,
      exitCause(this.#exit, wasReady),
    )
  }

  #findCulprit(): string | undefined {
    const { exit, ending, lastWords, lost, isImporting } = this.#evidence
    if (ending) return ending.culprit?.label
    if (lastWords) return lastWords.culprit
    const [only] = lost
    return lost.length === 1 && !isImporting && !mayBeFromOutside(exit) ? only?.task.label : undefined
  }
}
