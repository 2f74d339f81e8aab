import { LocalRunner } from '@eventlane/core/executor'

/** The least an executor can be: core's own runner, behind what an emitter calls. */
export class LoopExecutor {
  mode = 'main-event-loop-async'
  capabilities = { isolated: false, portable: true, killsRunning: false }
  #runner = new LocalRunner(this.mode, Infinity)
  submit = (tasks) => this.#runner.submit(tasks)
  cancel = (task, reason) => this.#runner.cancel(task, reason)
  shutdown = () => this.#runner.idle()
}
