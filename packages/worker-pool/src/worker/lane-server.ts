import { performance } from 'node:perf_hooks'
import { payloads, type HandlerAddress } from '@eventlane/core'
import {
  LocalRunner,
  Payload,
  tracedHandler,
  type BoundHandler,
  type Task,
  type TaskResult,
} from '@eventlane/core/executor'
import { importClasses, nameClass } from './class-module.js'
import { LaneHandler } from './lane-handler.js'
import { onLastWords } from './last-words.js'
import type { LaneConnection, LaneItem, LaneSettings, WorkerItem } from '../message/lane-message.js'
import { Outbox } from '../message/outbox.js'
import type { TaskClaims } from '../message/task-claims.js'

// As it was before a handler could replace it.
const { queueMicrotask } = globalThis

/** Results that are ready wait at most this long, in milliseconds, for a task that starts after them. */
const MAX_RESULT_DELAY_MS = 1

/**
 * The worker's end of a lane: runs the tasks that arrive and reports their outcomes, until the pool closes it.
 *
 * @param claims memory that is shared with the pool, where there is such memory
 */
export function serveLane(
  connection: LaneConnection<WorkerItem, LaneItem>,
  settings: LaneSettings,
  claims?: TaskClaims,
): Promise<void> {
  payloads.limit(settings.payloadLimits)
  return new Promise((resolve) => {
    const server = new LaneServer(connection, settings, claims, () => {
      connection.close()
      resolve()
    })
    connection.onMessage((items) => {
      server.receive(items)
    })
    onLastWords((culprit, error) => {
      server.ending(culprit, error)
    })
    server.outbox.push(['ready'])
  })
}

class LaneServer {
  readonly settings: LaneSettings
  readonly outbox: Outbox<WorkerItem>
  readonly #claims: TaskClaims | undefined
  readonly #onClose: () => void
  readonly #runner: LocalRunner
  readonly #handlers: LaneHandler[] = []
  /** By their numbers, which the pool uses again. */
  readonly #tasks: (LaneTask | undefined)[] = []
  readonly #emissions = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>()
  #requests = 0
  #sentAt = 0

  constructor(
    connection: LaneConnection<WorkerItem, LaneItem>,
    settings: LaneSettings,
    claims: TaskClaims | undefined,
    onClose: () => void,
  ) {
    this.settings = settings
    const runner = new LocalRunner(settings.mode, settings.concurrency)
    this.#runner = runner
    this.outbox = new Outbox(
      (items) => {
        this.#sentAt = performance.now()
        connection.post(items)
      },
      Number.POSITIVE_INFINITY,
      () => runner.startsMore,
    )
    this.#claims = claims
    this.#onClose = onClose
  }

  receive(items: readonly LaneItem[]): void {
    const tasks = items.flatMap((item) => this.#receiveItem(item) ?? [])
    if (tasks.length > 0) void this.#runner.submit(tasks)
    // After the tasks have started, so that it travels with the outcomes of those that finish at once, and not in a message of
    // its own; and so that a message whose receipt is missing tells that one of its handlers has not returned.
    queueMicrotask(() => {
      this.outbox.push(['receipt'])
    })
  }

  /** Takes an item in; a task is given back, to be started with the others of its message. */
  #receiveItem(item: LaneItem): LaneTask | undefined {
    switch (item[0]) {
      case 'address':
        this.#handlers[item[1]] = new LaneHandler({ module: item[2], name: item[3] })
        return undefined
      case 'class':
        nameClass(item[1], item[2])
        return undefined
      case 'task': {
        const [, id, addressIndex, event, emissionId, payload, attempt = 1, announce = 0, ...rest] = item
        const [parentId = null, metadataText = null] = rest
        const isAnnounced = announce === 1
        const metadata = metadataText === null ? undefined : Payload.encoded(metadataText)
        const fields = {
          id,
          event,
          emissionId,
          parentId: parentId ?? undefined,
          metadata,
          attempt,
          isAnnounced,
        }
        const task = new LaneTask(this, fields, this.#handler(addressIndex), Payload.encoded(payload))
        this.#tasks[id] = task
        return task
      }
      case 'cancel': {
        const task = this.#tasks[item[1]]
        if (task === undefined) return undefined
        const reason = payloads.decodeThrown(item[2])
        task.cancel()
        this.#runner.cancel(task, reason)
        return undefined
      }
      case 'prepare':
        void this.#prepare(item[1], item[2])
        return undefined
      case 'admitted': {
        const [, request, error] = item
        const emission = this.#emissions.get(request)
        this.#emissions.delete(request)
        if (error === null) emission?.resolve()
        else emission?.reject(payloads.decodeThrown(error))
        return undefined
      }
      case 'close':
        this.outbox.flush()
        this.#onClose()
        return undefined
    }
  }

  /** Claims a task that is about to start; before anything of the user's runs, since it may be the last thing that this worker does. */
  starts({ id }: LaneTask): boolean {
    if (performance.now() - this.#sentAt > MAX_RESULT_DELAY_MS) this.outbox.flush()
    return this.#claims?.start(id) ?? true
  }

  /** Tells the pool at once, since the handler may block this worker. */
  announce(task: LaneTask): void {
    this.outbox.push(['started', task.id])
    this.outbox.flush()
  }

  ended(task: LaneTask, result: WorkerItem): void {
    this.#tasks[task.id] = undefined
    this.outbox.push(result)
  }

  /** Results that have not left yet leave before it. */
  ending(culprit: string | undefined, error: string | undefined): void {
    this.outbox.push(['ending', culprit ?? null, error ?? null])
    this.outbox.flush()
  }

  emit(task: LaneTask, event: string, payload: Payload): Promise<void> {
    const request = (this.#requests += 1)
    this.outbox.push(['emit', request, task.id, event, payload.text])
    return new Promise((resolve, reject) => this.#emissions.set(request, { resolve, reject }))
  }

  async #prepare(request: number, addressIndexes: readonly number[]): Promise<void> {
    const failures: (readonly [number, string])[] = []
    for (const index of addressIndexes) {
      try {
        await this.#handler(index).find(this.settings.loader)
      } catch (error) {
        failures.push([index, payloads.encodeThrown(error)])
      }
    }
    this.outbox.push(['prepared', request, failures])
  }

  #handler(index: number): LaneHandler {
    const handler = this.#handlers[index]
    if (handler === undefined) throw new RangeError(`the pool has not named address ${String(index)}`)
    return handler
  }
}

interface LaneTaskFields {
  readonly id: number
  readonly event: string
  readonly emissionId: string
  readonly parentId: string | undefined
  readonly metadata: Payload | undefined
  readonly attempt: number
  readonly isAnnounced: boolean
}

/** A task as its worker sees it. Its time limit is kept by the pool, which can end a worker that is blocked. */
class LaneTask implements Task {
  readonly id: number
  readonly event: string
  readonly emissionId: string
  readonly parentId: string | undefined
  readonly metadata: Payload | undefined
  readonly attempt: number
  readonly isAnnounced: boolean
  readonly handler: LaneHandler
  readonly payload: Payload
  readonly timeoutMs = undefined
  /** The pool holds back what must wait. */
  readonly gate = undefined
  readonly #server: LaneServer
  /** The pool adds up how its tasks end. */
  readonly result = undefined
  #state: 'waiting' | 'running' | 'cancelled' | 'settled' = 'waiting'

  constructor(server: LaneServer, fields: LaneTaskFields, handler: LaneHandler, payload: Payload) {
    this.#server = server
    this.id = fields.id
    this.event = fields.event
    this.emissionId = fields.emissionId
    this.parentId = fields.parentId
    this.metadata = fields.metadata
    this.attempt = fields.attempt
    this.isAnnounced = fields.isAnnounced
    this.handler = handler
    this.payload = payload
  }

  get address(): HandlerAddress {
    return this.handler.address
  }

  get label(): string {
    return this.handler.label
  }

  get isSettled(): boolean {
    return this.#state === 'settled'
  }

  resolve(): BoundHandler | Promise<BoundHandler> {
    const { loader } = this.#server.settings
    const found = this.handler.find(loader)
    const { payload, metadata } = this
    const importing = importClasses(metadata ? payload.text + metadata.text : payload.text, loader)
    if (importing === undefined && !(found instanceof Promise)) return this.#announced(found)
    return Promise.all([found, importing]).then(([bound]) => this.#announced(bound))
  }

  /** Says that the handler starts, now that its module is there: its time limit counts from here. */
  #announced(bound: BoundHandler): BoundHandler {
    if (this.isAnnounced) this.#server.announce(this)
    return tracedHandler(bound, this, this.#server.settings.mode)
  }

  begin(): boolean {
    if (!this.#server.starts(this) || this.#state === 'cancelled') {
      this.#state = 'settled'
      this.#server.ended(this, ['skipped', this.id])
      return false
    }
    this.#state = 'running'
    return true
  }

  cancel(): void {
    if (this.#state === 'waiting') this.#state = 'cancelled'
  }

  settle(result: TaskResult): void {
    if (this.#state === 'settled') return
    this.#state = 'settled'
    if (result.status === 'fulfilled') {
      this.#server.ended(this, ['fulfilled', this.id, result.result.text, result.runMs ?? 0])
    } else if (result.status === 'rejected') {
      const { error, runMs = 0 } = result
      this.#server.ended(this, ['rejected', this.id, payloads.encodeThrown(error), runMs])
    } else {
      this.#server.ended(this, ['skipped', this.id])
    }
  }

  released(): void {
    // The pool hears of it by the result.
  }

  emit(event: string, payload: Payload): Promise<void> {
    return this.#server.emit(this, event, payload)
  }
}
