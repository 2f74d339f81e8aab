import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExecutorFactory } from './executor-factory.js'
import { usesAnotherExecutor, Work, type ExecutorReference } from './handlers.js'
import { checkForLeaks } from './leak-watch.js'
import type { ProgramSettings } from './program-settings.js'
import { errorOf, setStage, valueOf } from './stage.js'
import { isAlive, until, Witness } from './witness.js'

interface Program {
  readonly child: ChildProcess
  readonly end: Promise<{
    readonly code: number | null
    readonly signal: NodeJS.Signals | null
    readonly stdout: string
    readonly stderr: string
  }>
}

/**
 * Tests how programs end that use an executor, and what a handler that makes an executor of its own gets: what cannot be
 * seen from inside a test runner.
 *
 * @param name how the executor is called in reports
 * @param factory makes an executor; see {@link ExecutorFactory}
 * @param reference where a program finds the executor's class
 * @example
 * ```ts
 * import { describePrograms, type ExecutorFactory } from '@eventlane/testing'
 *
 * declare const makeExecutor: ExecutorFactory // yours: (options) => new MyExecutor(options)
 * const module = new URL('../dist/index.js', import.meta.url).href
 *
 * describePrograms('MyExecutor', makeExecutor, { module, className: 'MyExecutor' })
 * ```
 */
export function describePrograms(name: string, factory: ExecutorFactory, reference: ExecutorReference): void {
  const { backpressure, isolated } = factory().capabilities

  interface RunOptions {
    readonly options?: object
    readonly emissions?: number
    /** Options of Node.js. */
    readonly flags?: readonly string[]
    readonly closeTimeoutMs?: number
    /** In a process group of its own, as a shell starts it. */
    readonly detached?: boolean
    readonly env?: NodeJS.ProcessEnv
  }

  function run(
    program: string,
    witness: Witness,
    { options = {}, emissions = 0, flags = [], closeTimeoutMs, detached = false, env = {} }: RunOptions = {},
  ): Program {
    const file = fileURLToPath(new URL(`./programs/${program}.js`, import.meta.url))
    const settings: ProgramSettings = {
      executor: reference,
      options,
      witness: witness.directory,
      emissions,
      closeTimeoutMs,
    }
    const child = spawn(process.execPath, [...flags, file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached,
      env: { ...process.env, ...env, EVENTLANE_PROGRAM: JSON.stringify(settings) },
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const end = new Promise<Awaited<Program['end']>>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        resolve({ code, signal, stdout, stderr })
      })
    })
    onTestFinished(async () => {
      witness.open()
      child.kill('SIGKILL')
      await end
      await until(() => !witness.processes.some(isAlive), 'no process of a worker outlives its program')
      witness.remove()
    })
    return { child, end }
  }

  describe(`programs that use ${name}`, { timeout: 30_000 }, () => {
    checkForLeaks()

    test('lose nothing when they fall off their end', async () => {
      const witness = new Witness()
      const { code, stderr } = await run('falls-off-the-end', witness).end
      // Its last use is behind it: V8 may collect the emitter before the work is done.
      const isLost = stderr.includes('ERR_EMITTER_LOST')
      expect({ code, stderr: isLost ? '' : stderr }).toEqual({ code: 0, stderr: '' })
      expect(witness.labels('first')).toHaveLength(50)
      expect(witness.labels('ran')).toHaveLength(50)
    })

    test('end while their executor is idle', async () => {
      const witness = new Witness()
      const { code, stdout } = await run('leaves-a-pool-idle', witness).end
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'settled\n' })
    })

    test('stay alive while a handler runs, and take their workers with them when they are killed', async () => {
      const witness = new Witness()
      const { child, end } = run('holds-for-ever', witness)
      await witness.heard('started')
      expect(child.exitCode).toBeNull()
      child.kill('SIGKILL')
      await end
      await until(() => !witness.processes.some(isAlive), 'the workers are gone')
    })

    test('that are killed while a handler blocks its event loop leave no process behind', async () => {
      const witness = new Witness()
      const { child, end } = run('blocked-for-ever', witness, { options: isolated ? { workers: 2 } : {} })
      await witness.heard('started')
      child.kill('SIGKILL')
      await end
      await until(() => !witness.processes.some(isAlive), 'the workers are gone')
    })

    // Windows has no process groups that signals are sent to.
    test.skipIf(process.platform === 'win32')(
      'decide themselves what Ctrl-C does, which their whole process group gets',
      async () => {
        const witness = new Witness()
        const { child, end } = run('ends-on-interrupt', witness, { detached: true })
        await witness.heard('started')
        let stdout = ''
        child.stdout?.on('data', (text: string) => (stdout += text))
        process.kill(-Number(child.pid), 'SIGINT')
        await until(() => stdout.includes('interrupted'), 'the program has got the signal')
        witness.open('held')
        const { code, stderr } = await end
        expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'interrupted\nfulfilled\n', stderr: '' })
      },
    )

    for (const how of ['falls off its end', 'shuts down', ...(isolated ? ['exits'] : [])]) {
      test(`lose nothing of 10 MB that a handler prints (${how})`, async () => {
        const witness = new Witness()
        const { code, stdout } = await run('prints-much', witness, { env: { EVENTLANE_HOW: how } }).end
        expect(code).toBe(0)
        const lines = stdout.split('\n')
        expect(lines.length).toBe(10 * 1024 + 2)
        expect(lines.at(-2)).toBe('the last line')
        expect(lines.slice(0, -2).every((line) => line.length === 1023)).toBe(true)
      })
    }

    test('may define handlers in their entry module, guarded', async () => {
      const witness = new Witness()
      const { code, stderr } = await run('guarded', witness).end
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(witness.labels('ran')).toHaveLength(1)
    })

    if (backpressure) {
      const emissions = isolated ? 50_000 : 1_000_000
      test(
        `run in bounded memory where they await admitted, for ${emissions} emissions`,
        { timeout: 120_000 },
        async () => {
          const options = {
            concurrency: 100,
            maxQueue: 1000,
            overflow: 'wait',
            ...(isolated && { workers: 1 }),
          }
          const flags = ['--max-old-space-size=64']
          const { code, stdout, stderr } = await run('produces-steadily', new Witness(), {
            options,
            emissions,
            flags,
          }).end
          expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
          const { most, ...counts } = JSON.parse(stdout) as { most: number }
          expect(counts).toEqual({ total: emissions, fulfilled: emissions, sum: 200 * emissions })
          expect(most).toBeLessThanOrEqual(1000)
        },
      )
    }

    test('that do so unguarded are told what to guard, and start no workers without end', async () => {
      const witness = new Witness()
      const { stdout } = await run('unguarded', witness, { options: isolated ? { workers: 1 } : {} }).end
      if (isolated) {
        expect(stdout).toContain('NestedExecutorError')
        expect(stdout).toContain('isMainRealm')
        expect(witness.testimonies).toEqual([])
      } else {
        expect(stdout).toBe('fulfilled\n')
      }
    })
  })

  describe(`programs that lose an emitter on ${name}`, { timeout: 30_000 }, () => {
    checkForLeaks()

    test('are warned, once, of work in flight that nobody awaits, and all of it is still done', async () => {
      const witness = new Witness()
      const { child, end } = run('loses-its-emitters', witness, { flags: ['--expose-gc'] })
      let printed = ''
      child.stdout?.on('data', (text: string) => (printed += text))
      await until(
        () => printed.includes('both collected'),
        'the emitters are collected, and there is a warning',
      )
      await witness.heard('started', 2)
      witness.open('held')
      const { code, stdout } = await end
      expect(code).toBe(0)
      const { mode } = factory()
      expect(stdout.match(/^ERR_EMITTER_LOST: .*1 task in flight/gm)).toHaveLength(1)
      expect(stdout).toContain(`where: 1 task of event "conformance.work"; executor mode ${mode}\n`)
      expect(stdout.match(/^told of: .*/gm)?.toSorted()).toEqual(['told of: awaited', 'told of: lost'])
    })
  })

  describe(`programs that close ${name} on signals`, { timeout: 30_000 }, () => {
    checkForLeaks()

    test('finish what runs, take nothing new, and exit with the code of the signal', async () => {
      const witness = new Witness()
      const { child, end } = run('closes-on-signals', witness)
      await witness.heard('started')
      child.kill('SIGTERM')
      await witness.heard('SIGTERM: EmitterClosedError')
      expect(child.exitCode).toBeNull()
      witness.open('held')
      expect(await end).toMatchObject({ code: 143, signal: null, stderr: '' })
      expect(witness.labels('ended')).toHaveLength(1)
    })

    test('end what still runs after timeoutMs', async () => {
      const witness = new Witness()
      const { child, end } = run('closes-on-signals', witness, { closeTimeoutMs: 50 })
      await witness.heard('started')
      child.kill('SIGINT')
      expect(await end).toMatchObject({ code: 130, signal: null, stderr: '' })
      expect(witness.labels('ended')).toEqual([])
    })

    test('exit at once at the second signal', async () => {
      const witness = new Witness()
      const { child, end } = run('closes-on-signals', witness)
      await witness.heard('started')
      child.kill('SIGTERM')
      await witness.heard('SIGTERM: EmitterClosedError')
      child.kill('SIGINT')
      expect(await end).toMatchObject({ code: 130, signal: null })
      expect(witness.labels('ended')).toEqual([])
    })

    test('finish what runs also when Ctrl-C reaches their workers too', async () => {
      const witness = new Witness()
      const { child, end } = run('closes-on-signals', witness, { detached: true })
      await witness.heard('started')
      process.kill(-(child.pid ?? expect.unreachable()), 'SIGINT')
      await witness.heard('SIGINT: EmitterClosedError')
      witness.open('held')
      expect(await end).toMatchObject({ code: 130, signal: null, stderr: '' })
      expect(witness.labels('ended')).toHaveLength(1)
    })
  })

  describe(`a handler that uses a ${name} of its own`, { timeout: 30_000 }, () => {
    checkForLeaks()

    if (isolated) {
      test('in a worker is refused, in favour of context.emit', async () => {
        const { events, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, usesAnotherExecutor)
        const emission = events.emit(Work, job('', { executor: reference, value: { workers: 1 } }))
        const error = errorOf(await emission.settled, usesAnotherExecutor)
        expect(error).toMatchObject({ code: 'ERR_NESTED_EXECUTOR', name: 'NestedExecutorError' })
        expect((error as Error).message).toContain('context.emit')
        expect((error as Error).message).toContain('allowNested')
      })

      test('is let if it says allowNested', async () => {
        const { events, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, usesAnotherExecutor)
        const value = { workers: 1, allowNested: true }
        const report = await events.emit(Work, job('nested', { executor: reference, value }))
        expect(valueOf(report, usesAnotherExecutor)).toBe('nested')
      })
    } else {
      test('in the program itself may', async () => {
        const { events, linker, job } = setStage(factory)
        linker.on(Work, usesAnotherExecutor)
        const report = await events.emit(Work, job('nested', { executor: reference, value: {} }))
        expect(valueOf(report, usesAnotherExecutor)).toBe('nested')
      })
    }
  })
}
