import { defineEvent, EventEmitter, EventLinker, InvalidOptionError, payload } from '@eventlane/core'
import { describe, expect, it, vi } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { runProgram } from './support/run-program.js'
import { thrownBy } from './support/thrown-by.js'

const Work = defineEvent('work', payload<string>())

/** Without what differs from run to run. */
function readable(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replaceAll(/\d+\.\d ms/g, '0.0 ms')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'id')
      .replace(/EVENTLANE \d+/, 'EVENTLANE pid'),
  )
}

describe('debug', () => {
  it('of an emitter is a line for each emission, start and outcome', async () => {
    const lines: string[] = []
    const linker = new EventLinker()
    const events = new EventEmitter({
      executor: new LoopExecutor({ concurrency: 1 }),
      linker,
      debug: (line) => lines.push(line),
      onFailure: () => undefined,
    })
    const works = (text: string) => {
      if (text === 'fails') throw new RangeError('no\nsecond line')
    }
    linker.on(Work, works, { local: true, retry: { attempts: 2, delayMs: 1 } })
    await events.emit(Work, 'works')
    await events.emit(Work, 'fails').settled
    events.emit(Work, 'never').cancel(new Error('not needed'))
    thrownBy(() => events.emit(Work, (() => undefined) as unknown as string))
    expect(readable(lines)).toEqual([
      'emitted    "work" id: 1 task',
      'started    "work" id: works (local), main-event-loop-async',
      'fulfilled  "work" id: works (local), waited 0.0 ms, ran 0.0 ms',
      'emitted    "work" id: 1 task',
      'started    "work" id: works (local), main-event-loop-async',
      'rejected   "work" id: works (local), waited 0.0 ms, ran 0.0 ms, will be tried again, RangeError: no',
      'started    "work" id: works (local), main-event-loop-async, attempt 2',
      'rejected   "work" id: works (local), waited 0.0 ms, ran 0.0 ms, RangeError: no',
      'emitted    "work" id: 1 task',
      'cancelled  "work" id: works (local), waited 0.0 ms, ran 0.0 ms, Error: not needed',
      expect.stringMatching(/^refused {4}"work" id: PayloadNotPortableError: .+/),
    ])
  })

  it('of a linker tells of its links too, and of what its emitters do', async () => {
    const lines: string[] = []
    const linker = new EventLinker({ debug: (line) => lines.push(line) })
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.once(Work, function first() {}, { local: true })
    linker.on(Work, function second() {}, { local: true }).unlink()
    await events.emit(Work, '')
    expect(readable(lines)).toEqual([
      'linked     "work": first (local)',
      'linked     "work": second (local)',
      'unlinked   "work": second (local)',
      'unlinked   "work": first (local)',
      'emitted    "work" id: 1 task',
      'started    "work" id: first (local), main-event-loop-async',
      'fulfilled  "work" id: first (local), waited 0.0 ms, ran 0.0 ms',
    ])
  })

  it('of an emitter can be turned off where its linker has it', async () => {
    const lines: string[] = []
    const linker = new EventLinker({ debug: (line) => lines.push(line) })
    const events = new EventEmitter({ executor: new LoopExecutor(), linker, debug: false })
    await events.emit(Work, '')
    expect(lines).toEqual([])
  })

  it.each([['NODE_DEBUG'], ['option']])('goes to the standard error stream: %s', async (how) => {
    if (how === 'NODE_DEBUG') vi.stubEnv('NODE_DEBUG', 'eventlane')
    const { code, stdout, stderr } = await runProgram('debug', how)
    vi.unstubAllEnvs()
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(readable(stderr.trimEnd().split('\n'))).toEqual([
      'EVENTLANE pid: linked     "tick": count (local)',
      'EVENTLANE pid: emitted    "tick" id: 1 task',
      'EVENTLANE pid: started    "tick" id: count (local), main-event-loop-async',
      'EVENTLANE pid: fulfilled  "tick" id: count (local), waited 0.0 ms, ran 0.0 ms',
    ])
  })

  it('is silent by default', async () => {
    expect(await runProgram('debug', 'off')).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  it('refuses what is neither a boolean nor a function', () => {
    const debug = 'yes' as unknown as boolean
    expect(thrownBy(() => new EventLinker({ debug }))).toBeInstanceOf(InvalidOptionError)
    const executor = new LoopExecutor()
    expect(thrownBy(() => new EventEmitter({ executor, debug }))).toBeInstanceOf(InvalidOptionError)
  })
})
