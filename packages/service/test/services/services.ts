/** Services for the tests: workers import this module. */
import { defineEvent, isMainRealm, payload } from '@eventlane/core'
import { defineService } from '@eventlane/service'
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { schemaOf } from './schema.js'

export const Work = defineEvent('service-test.work', payload<Job>())
export const Done = defineEvent('service-test.done', payload<Testimony>())
export const Other = defineEvent('service-test.other', payload<{ readonly n: number }>())

export interface Job {
  readonly n: number
  readonly does?: 'throw' | 'exit' | 'fail' | 'uncaught' | 'block' | 'hold' | 'emit' | 'sicken' | 'unportable'
  /** The file whose being there ends a `hold`. */
  readonly gate?: string
}

export interface Testimony {
  readonly service: string
  readonly what: string
  readonly incarnation: number
  readonly pid: number
  readonly thread: number
  readonly n?: number | undefined
  readonly config?: unknown
}

export interface WorkerConfig {
  /** Where it says what it does, one line each. */
  readonly folder: string
  readonly label?: string
  /** In which starts it does what: `throw`, `hang`, `exit`. */
  readonly start?: 'throw' | 'hang' | 'exit' | 'block'
  /** From this start on it starts well. */
  readonly wellFrom?: number
  readonly stop?: 'slow' | 'deaf' | 'throw' | 'blocked'
  readonly since?: Date
}

/** Handles jobs, counts them, and says what it does. */
export const worker = defineService(import.meta.url, {
  name: 'worker',
  config: schemaOf<WorkerConfig>((config) => typeof config.folder === 'string'),
  async start({ name, config, incarnation, signal, on, emit, fail, health }) {
    let handled = 0
    const say = (what: string, n?: number): Testimony => {
      const testimony = { service: name, what, incarnation, pid: process.pid, thread: threadId, n, config }
      appendFileSync(join(config.folder, 'testimonies'), `${JSON.stringify(testimony)}\n`)
      return testimony
    }
    health(() => {
      if (handled < 0) throw new Error('unwell')
      return { handled }
    })
    on(Work, async ({ n, does, gate = '' }, context) => {
      say('began', n)
      handled += 1
      switch (does) {
        case 'throw':
          throw new RangeError(`job ${n} cannot be done`)
        case 'exit':
          return process.exit(7)
        case 'sicken':
          handled = -1
          break
        case 'fail':
          fail(new RangeError('broken'))
          break
        case 'uncaught':
          setImmediate(() => {
            throw new RangeError('nobody catches this')
          })
          await sleep(60_000)
          break
        case 'block':
          for (;;);
        case 'hold':
          while (!existsSync(join(config.folder, gate)) && !context.signal.aborted) await sleep(2)
          break
        case 'emit':
          await context.emit(Done, say('emitted', n))
          break
        case 'unportable':
          return () => 'a function'
      }
      say('handled', n)
      return { n, handled }
    })
    signal.addEventListener('abort', () => say('aborted'))
    const isWell = config.start === undefined || incarnation >= (config.wellFrom ?? Infinity)
    say('starting')
    if (!isWell) {
      if (config.start === 'throw') throw new RangeError(`start ${incarnation} throws`)
      if (config.start === 'exit') process.exit(3)
      if (config.start === 'block') for (;;);
      await sleep(60_000, undefined, { signal })
    }
    // An interval that nobody clears would keep a worker alive.
    if (!isMainRealm) setInterval(() => undefined, 1000)
    await emit(Done, say('started'))
    return async () => {
      say('stopping')
      if (config.stop === 'slow') await sleep(20)
      // Where nothing can end it by force, it ends when the test is over.
      if (config.stop === 'deaf') while (existsSync(config.folder)) await sleep(2)
      if (!existsSync(config.folder)) return
      if (config.stop === 'blocked') for (;;);
      if (config.stop === 'throw') throw new RangeError('cannot stop')
      await emit(Done, say('stopped'))
    }
  },
})

/** Works in its start until its signal aborts. */
export const loop = defineService(import.meta.url, {
  name: 'loop',
  async start({ name, signal, ready, emit, incarnation }) {
    ready()
    for (let n = 0; !signal.aborted; n += 1) {
      await emit(Done, { service: name, what: 'turn', incarnation, pid: process.pid, thread: threadId, n })
      await sleep(2, undefined, { signal })
    }
  },
})

/** Ends with an error, of which nobody is told otherwise. */
export const crashing = defineService(import.meta.url, {
  name: 'crashing',
  start({ ready }) {
    ready()
    return Promise.reject(new RangeError('crashed on purpose'))
  },
})

/** Subscribes to another event each time. */
export const fickle = defineService(import.meta.url, {
  name: 'fickle',
  start({ on, incarnation, fail }) {
    if (incarnation === 1) on(Other, ({ n }) => n)
    on(Work, ({ does }) => {
      if (does === 'fail') fail(new Error('once'))
      return incarnation
    })
  },
})

/** Emits when a file is there. */
export const late = defineService(import.meta.url, {
  name: 'late',
  start({ on, emit }) {
    on(Work, async ({ n, gate = '' }) => {
      while (!existsSync(gate)) await sleep(2)
      await emit(Other, { n })
    })
  },
})
