import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import {
  autoMode,
  createExecutor,
  defineEvent,
  EventEmitter,
  EventLinker,
  InlineExecutor,
  InvalidOptionError,
  ProcessExecutor,
  ThreadExecutor,
  type LocalExecutionMode,
} from '../src/index.js'
import { choosesHere, countsInFlight, Crowded } from './support/in-flight.js'

const TASKSET = '/usr/bin/taskset'

/** The most handlers that were under way at once, of 50 that wait. */
async function mostInFlight(events: EventEmitter, linker: EventLinker, expected: number): Promise<number> {
  linker.on(Crowded, countsInFlight)
  const emissions = Array.from({ length: 50 }, () => events.emit(Crowded, { expected }))
  const counts: number[] = []
  for (const emission of emissions) {
    const outcome = (await emission).of(countsInFlight)
    if (outcome?.status === 'fulfilled') counts.push(outcome.value)
  }
  expect(counts).toHaveLength(50)
  return Math.max(...counts)
}

describe('createExecutor', () => {
  it.each([
    ['main-event-loop-async', InlineExecutor],
    ['separate-thread', ThreadExecutor],
    ['separate-thread-async', ThreadExecutor],
    ['separate-process', ProcessExecutor],
    ['separate-process-async', ProcessExecutor],
  ] as const)('makes an executor in the mode %s, and starts nothing', (mode, executorClass) => {
    const executor = createExecutor(mode)
    expect(executor).toBeInstanceOf(executorClass)
    expect(executor.mode).toBe(mode)
    expect(executor.stats()).toMatchObject({ queued: 0, running: 0, workers: 0, workersLost: 0 })
  })

  it.each([
    ['separate-thread', 1],
    ['separate-thread-async', 50],
    ['separate-process', 1],
    ['separate-process-async', 50],
  ] as const)(
    'of 50 waiting handlers on one worker in the mode %s, %i is the most in flight at once',
    { timeout: 20_000 },
    async (mode, expected) => {
      const linker = new EventLinker()
      const executor =
        expected === 1
          ? createExecutor(mode, { workers: 1 })
          : createExecutor(mode as 'separate-thread-async', { workers: 1, concurrency: 50 })
      await using events = new EventEmitter({ executor, linker })
      expect(await mostInFlight(events, linker, expected)).toBe(expected)
    },
  )

  it.each(['main-event-loop-async', 'separate-thread-async', 'separate-process-async'] as const)(
    'has room for 50 waiting handlers on one worker in the mode %s when it is not told how many',
    { timeout: 20_000 },
    async (mode) => {
      const linker = new EventLinker()
      const executor =
        mode === 'main-event-loop-async' ? createExecutor(mode) : createExecutor(mode, { workers: 1 })
      await using events = new EventEmitter({ executor, linker })
      expect(await mostInFlight(events, linker, 50)).toBe(50)
    },
  )

  it.each(['separate-thread', 'separate-process'] as const)(
    'refuses in the mode %s more than one handler at once in a worker, naming the option',
    (mode) => {
      // @ts-expect-error -- the types say so too
      const create = () => createExecutor(mode, { concurrency: 2 })
      expect(create).toThrow(InvalidOptionError)
      expect(create).toThrow(new RegExp(`option concurrency is 2[^]*'${mode}-async'`))
      expect(createExecutor(mode, { concurrency: 1 }).mode).toBe(mode)
    },
  )

  it.each(['separate-thread-async', 'separate-process-async'] as const)(
    'refuses in the mode %s to run one handler at a time, naming the option',
    (mode) => {
      const create = () => createExecutor(mode, { concurrency: 1 })
      expect(create).toThrow(InvalidOptionError)
      expect(create).toThrow(/option concurrency is 1/)
      expect(createExecutor(mode, { concurrency: 2 }).mode).toBe(mode)
    },
  )

  it('refuses options that the mode does not have, and modes that there are not', () => {
    // @ts-expect-error -- there are no workers
    expect(() => createExecutor('main-event-loop-async', { workers: 2 })).toThrow(/unknown option "workers"/)
    // @ts-expect-error -- it may come to have none
    expect(() => createExecutor('auto', { workers: 2 })).toThrow(/unknown option "workers"/)
    for (const mode of ['remote', 'toString', 'threads', undefined])
      expect(() => createExecutor(mode as LocalExecutionMode)).toThrow(InvalidOptionError)
  })
})

describe("the mode 'auto'", () => {
  /** What a program prints, in an output of its own: first line of stdout, and its debug log. */
  function chooseInProgram(code: string, command: readonly string[] = []): { said: string; log: string } {
    const program = [...command, process.execPath, '--input-type=module', '-e', code]
    const { status, stdout, stderr } = spawnSync(program[0]!, program.slice(1), {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      env: { ...process.env, NODE_DEBUG: 'eventlane' },
    })
    if (status !== 0) throw new Error(stderr)
    return { said: stdout.trim(), log: stderr }
  }
  const CHOOSE = `import { autoMode, createExecutor } from 'eventlane'
    console.log(createExecutor('auto').mode, autoMode().mode, autoMode().reason)`
  const INSIDE = `import { Worker } from 'node:worker_threads'
    new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(CHOOSE)}.replace("'eventlane'", JSON.stringify(import.meta.resolve('eventlane'))))))`

  it('means threads in a program that has more than one core, and the event loop otherwise', () => {
    const expected = availableParallelism() > 1 ? 'separate-thread' : 'main-event-loop-async'
    const { said } = chooseInProgram(CHOOSE)
    expect(said.split(' ').slice(0, 2)).toEqual([expected, expected])
    expect(said).toMatch(/ the program has (one core|\d+ cores)$/)
  })

  it('takes the options that every executor takes', () => {
    expect(createExecutor('auto', { maxQueue: 10 }).mode).toBe(autoMode().mode)
  })

  it.each(['separate-thread', 'separate-process'] as const)(
    'means the event loop inside a worker of the mode %s, and says so',
    { timeout: 20_000 },
    async (mode) => {
      const Choose = defineEvent('create-executor.choose')
      const linker = new EventLinker()
      linker.on(Choose, choosesHere)
      await using events = new EventEmitter({ executor: createExecutor(mode, { workers: 1 }), linker })
      const outcome = (await events.emit(Choose)).of(choosesHere)
      expect(outcome).toMatchObject({
        status: 'fulfilled',
        value: {
          mode: 'main-event-loop-async',
          reason:
            mode === 'separate-thread' ? 'this is a worker thread' : 'this is a worker process of a pool',
        },
      })
    },
  )

  it('means the event loop inside a worker thread that is not of a pool', () => {
    const { said } = chooseInProgram(INSIDE)
    expect(said).toBe('main-event-loop-async main-event-loop-async this is a worker thread')
  })

  it.skipIf(!existsSync(TASKSET))('means the event loop where the program has one core', () => {
    const { said } = chooseInProgram(CHOOSE, [TASKSET, '-c', '0'])
    expect(said).toBe('main-event-loop-async main-event-loop-async the program has one core')
  })

  it('is told in the debug log, once for each executor, with the reason', () => {
    const { said, log } = chooseInProgram(CHOOSE)
    const [mode = ''] = said.split(' ')
    const lines = log.split('\n').filter((line) => line.includes("createExecutor('auto')"))
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(`^EVENTLANE \\d+: createExecutor\\('auto'\\) decided: ${mode}, since the program has `),
      ),
    ])
  })
})
