import { defineEvent, payload } from 'eventlane'

/** Something happened to a file in the watched folder. */
export interface FileChange {
  /** Relative to the folder. */
  readonly path: string
  readonly change: 'appeared' | 'changed' | 'vanished'
  /** 0 where it is gone. */
  readonly bytes: number
}

/** How busy the processors were since the sample before. */
export interface CpuSample {
  /** Of each processor, from 0 to 1. */
  readonly busy: readonly number[]
  /** The process that has measured it. */
  readonly pid: number
}

/** All that the table shows. */
export interface Summary {
  readonly files: number
  readonly bytes: number
  readonly changes: Readonly<Record<FileChange['change'], number>>
  readonly lastChange: string | undefined
  readonly samples: number
  /** Of all processors, from 0 to 1: at the last sample, on average and at most. */
  readonly busy: { readonly last: number; readonly mean: number; readonly peak: number }
}

export const FileChanged = defineEvent('file.changed', payload<FileChange>())
export const CpuSampled = defineEvent('cpu.sampled', payload<CpuSample>())
export const Summarised = defineEvent('monitor.summarised', payload<Summary>())
