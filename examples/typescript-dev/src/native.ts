import { EventEmitter, EventLinker, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { CommentPosted } from './comment.ts'
import { count } from './statistics.ts'

EventLinker.default.on(CommentPosted, count)

for (const Executor of [ThreadExecutor, ProcessExecutor]) {
  // Without the option, workers would use tsx, since it is installed here.
  const executor = new Executor({ workers: 1, loader: 'native' })
  // Node.js 22 has no `await using`.
  const events = new EventEmitter({ executor })
  const report = await events.emit(CommentPosted, { author: 'Ada', text: 'What the heck is a lane?' })
  const outcome = report.of(count)
  if (outcome?.status === 'fulfilled') console.log(outcome.value)
  await events.shutdown()
}
