import type { TaskResult } from './executor.js'
import type { OutcomeCounts } from './outcome.js'

/** How many tasks have ended in which way. */
export class TaskCounts {
  #fulfilled = 0
  #rejected = 0
  #cancelled = 0
  #dropped = 0
  #handedOver = 0

  ended(status: TaskResult['status']): void {
    switch (status) {
      case 'fulfilled':
        this.#fulfilled += 1
        return
      case 'rejected':
        this.#rejected += 1
        return
      case 'cancelled':
        this.#cancelled += 1
        return
      case 'dropped':
        this.#dropped += 1
        return
      case 'handed-over':
        this.#handedOver += 1
    }
  }

  read(): OutcomeCounts {
    const fulfilled = this.#fulfilled
    const rejected = this.#rejected
    const cancelled = this.#cancelled
    const dropped = this.#dropped
    const handedOver = this.#handedOver
    const total = fulfilled + rejected + cancelled + dropped + handedOver
    return { total, fulfilled, rejected, cancelled, dropped, handedOver }
  }
}
