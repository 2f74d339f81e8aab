import { EventEmitter, EventLinker, type EmissionReport } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { Host, ServiceChanged, type ServiceOptions, type ServiceTransition } from '@eventlane/service'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { Done, worker, type Testimony, type WorkerConfig } from './services.js'

export const MODES = [
  'main-event-loop-async',
  'separate-thread',
  'separate-thread-async',
  'separate-process',
  'separate-process-async',
] as const

export const WORKER_MODES = MODES.slice(1)

/** Resolves when a condition holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for this: ${what}`)
    await sleep(2)
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** An emitter, a host on it, and what a test sees of its services. The host is stopped when the test is over. */
export function setStage() {
  const folder = mkdtempSync(join(tmpdir(), 'eventlane-service-'))
  const linker = new EventLinker()
  const events = new EventEmitter({ executor: new InlineExecutor(), linker, onFailure: () => {} })
  const host = new Host({ events })
  const transitions: ServiceTransition[] = []
  const dones: Testimony[] = []
  // As it happens: a handler of the event would hear of it a little later than who waits for the host.
  events.use({
    beforeEmit: ({ event, payload }) => {
      if (event === ServiceChanged.name) transitions.push(payload as ServiceTransition)
    },
  })
  linker.on(Done, (testimony) => void dones.push(testimony), { local: true })
  const file = join(folder, 'testimonies')
  const testimonies = (): Testimony[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
      : []
  onTestFinished(async () => {
    await host.stop({ timeoutMs: 5000 })
    await events.shutdown({ timeoutMs: 5000 })
    const pids = testimonies()
      .map(({ pid }) => pid)
      .filter((pid) => pid !== process.pid)
    await until(() => !pids.some(isAlive), 'no process of a service outlives the test')
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    folder,
    linker,
    events,
    host,
    transitions,
    dones,
    testimonies,
    open: (gate: string) => writeFileSync(join(folder, gate), ''),
    /** What services have said, one kind of thing. */
    said: (what: string) => testimonies().filter((testimony) => testimony.what === what),
    /** What a service went through. */
    path: (service: string) => transitions.filter((one) => one.service === service).map(({ to }) => to),
    add: (options: Omit<ServiceOptions<WorkerConfig>, 'config'> = {}, config: Partial<WorkerConfig> = {}) =>
      host.add(worker, { ...options, config: { folder, ...config } }),
    /** Waits for what a service went through to have come so far. */
    async went(service: string, status: string, count = 1): Promise<void> {
      await until(
        () => transitions.filter((one) => one.service === service && one.to === status).length >= count,
        `${service} is ${status} for the ${count}th time`,
      )
    },
  }
}

/** How the tasks of an emission ended, and with what. */
export function outcomes(report: EmissionReport): unknown[] {
  return report.outcomes.map((outcome) =>
    outcome.status === 'fulfilled'
      ? outcome.value
      : outcome.status === 'rejected'
        ? ((outcome.error as { code?: string; name?: string }).code ?? (outcome.error as Error).name)
        : outcome.status,
  )
}
