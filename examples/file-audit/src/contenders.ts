import { InlineExecutor, ProcessExecutor, ThreadExecutor, type Executor, type Handler } from 'eventlane'
import { compressAsync } from './async-compression.js'
import type { FoundFile } from './events.js'
import { compress, type CompressedFile } from './handlers.js'

/** A way to run the audit: handlers are the same, but for the rival's way to compress. */
export interface Contender {
  readonly name: string
  createExecutor(workers: number): Executor
  readonly compress: Handler<FoundFile, CompressedFile | Promise<CompressedFile>>
}

export const executorNames = ['inline', 'thread', 'process'] as const

export type ExecutorName = (typeof executorNames)[number]

export const contenders: Readonly<Record<ExecutorName, Contender>> = {
  inline: { name: 'inline', createExecutor: () => new InlineExecutor(), compress },
  thread: { name: 'thread', createExecutor: (workers) => new ThreadExecutor({ workers }), compress },
  process: { name: 'process', createExecutor: (workers) => new ProcessExecutor({ workers }), compress },
}

/** What one would do without any pool: compress by Node.js' asynchronous zlib, which has threads of its own. */
export const rival: Contender = { ...contenders.inline, name: 'inline + async zlib', compress: compressAsync }
