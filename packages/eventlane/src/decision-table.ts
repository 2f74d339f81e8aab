import type { LocalExecutionMode } from '@eventlane/core'
import type { WorkFacts } from './work-profile.js'

/** What is recommended: a handler that is linked to an event, or a service, which lives on and is talked to. */
export type WorkUnit = 'handler' | 'service'

/** The kind of realm that the work belongs in. */
type Place = 'main' | 'thread' | 'process'

/** Facts that a row asks for: each has one of these values. */
type Condition = { readonly [Fact in keyof WorkFacts]?: readonly WorkFacts[Fact][] }

/** A row: the first whose condition holds decides. */
export interface Decision<Choice> {
  readonly when: Condition
  readonly choose: Choice
  readonly because: string
}

/** What it is. */
export const UNITS: readonly Decision<WorkUnit>[] = [
  {
    when: { lifetime: ['long-lived'] },
    choose: 'service',
    because:
      'it goes on for as long as the program does, so it is started, watched and stopped, and not called',
  },
  {
    when: { state: ['conversation'] },
    choose: 'service',
    because:
      'it keeps its state while the main program talks to it, and a pool may give each call to another worker',
  },
  {
    when: { state: ['own'] },
    choose: 'service',
    because: 'its state outlives a run, and in a pool every worker would have a copy of its own',
  },
  {
    when: {},
    choose: 'handler',
    because: 'each run stands for itself, so any worker may take any of them',
  },
]

/** Where it belongs. */
export const PLACES: readonly Decision<Place>[] = [
  {
    when: { isolation: ['process'] },
    choose: 'process',
    because: 'it may crash, exit or leak, and only a process of its own keeps that from the program',
  },
  {
    when: { isolation: ['heap'] },
    choose: 'thread',
    because: 'it needs a heap of its own, and a thread has one, with a limit if you like',
  },
  {
    when: { restarts: [true] },
    choose: 'thread',
    because: 'what hangs can be ended and started anew in a worker, and not on the main event loop',
  },
  {
    when: { transfer: ['dominant'] },
    choose: 'main',
    because: 'the way to a worker and back takes longer than the work itself',
  },
  {
    when: { work: ['cpu'] },
    choose: 'thread',
    because: 'it computes: on the main event loop everything else would wait, and threads run in parallel',
  },
  {
    when: { work: ['mixed'] },
    choose: 'thread',
    because: 'it computes between its waits, and the main event loop would stand still meanwhile',
  },
  {
    when: { work: ['io'] },
    choose: 'main',
    because: 'it waits: one event loop waits for thousands of things at once, and nothing has to be copied',
  },
  {
    when: { work: ['unknown'], mode: ['main-event-loop-async'] },
    choose: 'main',
    because: 'nothing that is known of it speaks against where it is',
  },
  {
    when: { work: ['unknown'], mode: ['separate-process', 'separate-process-async'] },
    choose: 'process',
    because: 'nothing that is known of it speaks against where it is',
  },
  {
    when: {},
    choose: 'thread',
    because: 'nobody knows yet whether it computes, and in a thread it disturbs nobody if it does',
  },
]

/** How many at once, where it has workers: one at a time in each, or many on the worker's event loop. */
export const CROWDS: readonly Decision<'plain' | 'async'>[] = [
  {
    when: { work: ['io', 'mixed'] },
    choose: 'async',
    because: 'while it waits, its worker does others',
  },
  {
    when: { work: ['unknown'], mode: ['separate-thread-async', 'separate-process-async'] },
    choose: 'async',
    because: 'as many share a worker as do now',
  },
  {
    when: {},
    choose: 'plain',
    because: 'one at a time in each worker: more would only take turns on its core',
  },
]

/** The mode of a place. */
export const MODES: Readonly<Record<Place, Readonly<Record<'plain' | 'async', LocalExecutionMode>>>> = {
  main: { plain: 'main-event-loop-async', async: 'main-event-loop-async' },
  thread: { plain: 'separate-thread', async: 'separate-thread-async' },
  process: { plain: 'separate-process', async: 'separate-process-async' },
}

/** The first row whose condition holds; every table ends with one that always does. */
export function decide<Choice>(table: readonly Decision<Choice>[], facts: WorkFacts): Decision<Choice> {
  const decision = table.find(({ when }) => holds(when, facts))
  if (decision === undefined) throw new Error('the table has no last row')
  return decision
}

function holds(when: Condition, facts: WorkFacts): boolean {
  return Object.entries(when).every(([fact, values]) =>
    (values as readonly unknown[]).includes(facts[fact as keyof WorkFacts]),
  )
}
