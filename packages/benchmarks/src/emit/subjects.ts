import { EventEmitter as NodeEventEmitter } from 'node:events'
import { defineEvent, EventEmitter, EventLinker, payload } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import Emittery from 'emittery'
import eventEmitter2 from 'eventemitter2'
import { EventEmitter as EventEmitter3 } from 'eventemitter3'
import { createHooks } from 'hookable'
import type { Order } from './order.js'

type OrderHandler = (order: Order) => unknown

/** An emitter with all of its handlers. */
interface Emitter {
  /** Emits; what it returns, if anything, can be awaited. */
  readonly emit: (order: Order) => unknown
  /** Waits until what was emitted last has been handled, where that is not sooner. */
  readonly idle?: () => Promise<unknown>
}

/** Gives an emitter of its own to handlers of one event. */
type Subject = (handlers: readonly OrderHandler[]) => Emitter

function eventlane(portable: boolean): Subject {
  return (handlers) => {
    const OrderPlaced = defineEvent('order.placed', payload<Order>())
    const linker = new EventLinker()
    for (const handler of handlers) linker.on(OrderPlaced, handler, { local: true })
    const events = new EventEmitter({ executor: new InlineExecutor({ portable }), linker })
    return { emit: (order) => events.emit(OrderPlaced, order), idle: () => events.drain() }
  }
}

/** For emitters whose promises settle in the order of emitting. */
function remembering(emit: (order: Order) => unknown): Emitter {
  let last: unknown
  return { emit: (order) => (last = emit(order)), idle: async () => await last }
}

const emittery: Subject = (handlers) => {
  const emitter = new Emittery<{ 'order.placed': Order }>()
  for (const handler of handlers) emitter.on('order.placed', ({ data }) => handler(data) as void)
  return remembering((order) => emitter.emit('order.placed', order))
}

const hookable: Subject = (handlers) => {
  const hooks = createHooks<{ 'order.placed': (order: Order) => void }>()
  for (const handler of handlers) hooks.hook('order.placed', handler)
  return remembering((order) => hooks.callHook('order.placed', order))
}

const eventemitter2: Subject = (handlers) => {
  const emitter = new eventEmitter2.EventEmitter2({ maxListeners: 0 })
  for (const handler of handlers) emitter.on('order.placed', handler)
  return remembering((order) => emitter.emitAsync('order.placed', order))
}

const eventemitter3: Subject = (handlers) => {
  const emitter = new EventEmitter3()
  for (const handler of handlers) emitter.on('order.placed', handler)
  return { emit: (order) => emitter.emit('order.placed', order) }
}

const nodeEvents: Subject = (handlers) => {
  const emitter = new NodeEventEmitter().setMaxListeners(0)
  for (const handler of handlers) emitter.on('order.placed', handler)
  return { emit: (order) => emitter.emit('order.placed', order) }
}

export const EVENTLANE = 'eventlane'
export const BY_REFERENCE = 'eventlane, portable: false'

/** By the names under which they are shown. */
export const subjects = {
  [EVENTLANE]: eventlane(true),
  [BY_REFERENCE]: eventlane(false),
  emittery,
  hookable,
  eventemitter2,
  eventemitter3,
  'node:events': nodeEvents,
} as const satisfies Readonly<Record<string, Subject>>

export type SubjectName = keyof typeof subjects
