import { EventEmitter, EventLinker, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { CommentPosted } from './comment.ts'
import { Moderation } from './moderation.ts'
import { count } from './statistics.ts'

EventLinker.default.on(CommentPosted, count)

for (const Executor of [ThreadExecutor, ProcessExecutor]) {
  await using events = new EventEmitter({ executor: new Executor({ workers: 1 }) })
  const report = await events.emit(CommentPosted, { author: 'Ada', text: 'What the heck is a lane?' })
  for (const outcome of [report.of(Moderation.clean), report.of(count)])
    if (outcome?.status === 'fulfilled') console.log(outcome.value)
}
