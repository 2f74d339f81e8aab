import { setImmediate } from 'node:timers/promises'
import { defineEvent, defineHandler, payload, type HandlerContext } from '@eventlane/core'
import { autoMode, createExecutor } from 'eventlane'

/** How many handlers the test expects to be under way at once. */
export const Crowded = defineEvent('in-flight.crowded', payload<{ expected: number }>())

let inFlight = 0
let most = 0

/** Waits until as many handlers as expected are under way, gives others time to join, and returns the most there were. */
export const countsInFlight = defineHandler(
  import.meta.url,
  Crowded,
  async function countsInFlight({ expected }) {
    inFlight += 1
    most = Math.max(most, inFlight)
    while (most < expected) await setImmediate()
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    inFlight -= 1
    return most
  },
)

/** The mode that `auto` stands for where this handler runs, and why. */
export const choosesHere = defineHandler(import.meta.url, function choosesHere() {
  return { mode: createExecutor('auto').mode, reason: autoMode().reason }
})

/** Says where it runs. */
export const tellsMode = defineHandler(
  import.meta.url,
  function tellsMode(label: string, { mode }: HandlerContext) {
    return `${label} ${mode}`
  },
)
