import type { LocalExecutionMode } from '@eventlane/core'

/** The modes of the executors in this package. */
export const LOCAL_MODES: readonly LocalExecutionMode[] = [
  'main-event-loop-async',
  'separate-thread',
  'separate-thread-async',
  'separate-process',
  'separate-process-async',
]
