import { EventlaneError, HandlerNotPortableError, payloads } from '@eventlane/core'

/** Redis did not take an emission in time: none of its tasks was handed over, as far as is known. */
export class EnqueueError extends EventlaneError {
  static {
    this.prototype.name = 'EnqueueError'
  }
  constructor(what: string, event: string, emissionId: string, cause?: unknown) {
    super({
      code: 'ERR_ENQUEUE',
      what,
      where: `event ${JSON.stringify(event)}, emission ${emissionId}`,
      remedy:
        'see that Redis is up and can be reached; to emit again without running handlers twice, pass the same emissionId',
      cause,
    })
  }
}

/** A job was refused by a worker: it is not one that an emitter wrote. */
export class InvalidJobError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidJobError'
  }
  constructor(what: string, job: string) {
    super({
      code: 'ERR_INVALID_JOB',
      what: `the job was refused: ${what}`,
      where: `job ${job}`,
      remedy:
        'see who else writes to this Redis; workers and emitters must have the same major version and signing keys',
    })
  }
}

/** Of a job whose handler no worker has, and none that has it appeared in time. */
export function unknownHandlerError(event: string, handler: string, parkMs: number): HandlerNotPortableError {
  return new HandlerNotPortableError(
    `no worker knew the handler within ${String(parkMs)} ms`,
    `event ${JSON.stringify(event)}, handler ${handler}`,
    'give its module to createWorker({ modules }), or deploy the version that has it, and retry the dead letter',
  )
}

/** A handler failed on another machine, and its own error did not arrive here; `message` holds what is known. */
export class RemoteHandlerError extends EventlaneError {
  static {
    this.prototype.name = 'RemoteHandlerError'
  }
  constructor(reason: string, event: string, handler: string) {
    super({
      code: 'ERR_REMOTE_HANDLER',
      what: reason,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'see the dead letter, which has the stack',
    })
  }
}

/** The result of a task is gone: Redis no longer knows its job. */
export class ResultLostError extends EventlaneError {
  static {
    this.prototype.name = 'ResultLostError'
  }
  constructor(event: string, handler: string) {
    super({
      code: 'ERR_RESULT_LOST',
      what: 'Redis no longer knows the job, so that nobody can tell whether its handler ran',
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy:
        'keep finished jobs for longer (retention), and let Redis write to disk (appendonly yes) and evict nothing',
    })
  }
}

/** Redis came back without its data: the tasks that waited in it are lost. */
export class DataLossError extends EventlaneError {
  static {
    this.prototype.name = 'DataLossError'
  }
  constructor(key: string) {
    super({
      code: 'ERR_REDIS_DATA_LOST',
      what: 'Redis came back without its data: tasks that were handed over and had not run are lost',
      where: `key ${key}`,
      remedy: 'emit again what must not be lost, and let Redis write to disk (appendonly yes)',
    })
  }
}

/** Redis is set up so that it would lose jobs. */
export class UnsafeRedisError extends EventlaneError {
  static {
    this.prototype.name = 'UnsafeRedisError'
  }
  constructor(policy: string) {
    super({
      code: 'ERR_UNSAFE_REDIS',
      what: `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), and so would lose jobs`,
      where: 'connection',
      remedy: 'set maxmemory-policy noeviction in redis.conf, or CONFIG SET maxmemory-policy noeviction',
    })
  }
}

/** What travels between programs that have this package; in the workers of a pool, which do not, a class would be unknown. */
for (const errorClass of [InvalidJobError, RemoteHandlerError, ResultLostError, UnsafeRedisError])
  payloads.registerClass(errorClass)
