import { setTimeout as sleep } from 'node:timers/promises'
import { EventEmitter, isMainRealm, on, ProcessExecutor, ThreadExecutor } from 'eventlane'

declare module 'eventlane' {
  interface DefaultEvents {
    StringEvent: void
  }
}

export class StringHandlers {
  @on('StringEvent')
  static blocks(): void {
    console.log('Started: a handler that blocks for a second')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)
    console.log('Finished: a handler that blocks for a second')
  }

  @on('StringEvent')
  static async sleeps(): Promise<void> {
    console.log('Started: a handler that sleeps for a second')
    await sleep(1000)
    console.log('Finished: a handler that sleeps for a second')
  }
}

// Workers import this module too, for its handlers; the guard keeps them from running the program.
if (isMainRealm) {
  for (const Executor of [ThreadExecutor, ProcessExecutor]) {
    console.log(`\n${Executor.name}, leaving a scope`)
    {
      await using events = new EventEmitter({ executor: new Executor({ workers: 4 }) })
      events.emit('StringEvent')
      events.emit('StringEvent')
    } // waits for the four handlers, then shuts the workers down

    console.log(`\n${Executor.name}, shutdown({ wait: true })`)
    const events = new EventEmitter({ executor: new Executor({ workers: 4 }) })
    events.emit('StringEvent')
    events.emit('StringEvent')
    const counts = await events.shutdown({ wait: true })
    console.log(`${counts.fulfilled} of ${counts.total} handlers fulfilled`)
  }
}
