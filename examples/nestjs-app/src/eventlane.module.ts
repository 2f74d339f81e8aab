import {
  Global,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common'
import { APP_FILTER } from '@nestjs/core'
import { EventEmitter, InlineExecutor, ProcessExecutor, ThreadExecutor, type Executor } from 'eventlane'
import { EventlaneFilter } from './eventlane.filter.js'

/** The provider to override where handlers are to run elsewhere: in tests, by a RecordingExecutor. */
export const EXECUTOR = Symbol('EXECUTOR')

const logger = new Logger('Eventlane')

/** Gives the application its emitter, and with it the executor that the environment names. */
@Global()
@Module({
  providers: [
    { provide: EXECUTOR, useFactory: () => executorNamed(process.env.EXECUTOR ?? 'thread') },
    {
      provide: EventEmitter,
      inject: [EXECUTOR],
      useFactory: (executor: Executor) => new EventEmitter({ executor }),
    },
    { provide: APP_FILTER, useClass: EventlaneFilter },
  ],
  exports: [EventEmitter],
})
export class EventlaneModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly events: EventEmitter) {}

  /** Starts the workers, and fails where they would not find a handler. */
  async onApplicationBootstrap(): Promise<void> {
    await this.events.ready()
  }

  /** Comes when no request is under way any more; waits for all that has been emitted. */
  async onApplicationShutdown(): Promise<void> {
    const { total, fulfilled } = await this.events.shutdown()
    logger.log(`of ${total} tasks ${fulfilled} were fulfilled`)
  }
}

function executorNamed(name: string): Executor {
  switch (name) {
    case 'inline':
      return new InlineExecutor()
    case 'thread':
      return new ThreadExecutor()
    case 'process':
      return new ProcessExecutor()
    default:
      throw new Error(`EXECUTOR is ${name}: it must be inline, thread or process`)
  }
}
