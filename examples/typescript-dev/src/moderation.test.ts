import { EventEmitter, InlineExecutor, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { expect, it } from 'vitest'
import { CommentPosted } from './comment.ts'
import { Moderation } from './moderation.ts'

const comment = { author: 'Ada', text: 'Oh heck' }

it('a handler is a function, and can be called as one', () => {
  expect(Moderation.clean(comment)).toBe('Moderation.clean  Ada: Oh ...')
})

// Workers import the module of a handler, which therefore is not defined in a test file.
for (const Executor of [InlineExecutor, ThreadExecutor, ProcessExecutor]) {
  it(`rude words are taken out of a comment, by ${Executor.name}`, async () => {
    await using events = new EventEmitter({ executor: new Executor() })
    const report = await events.emit(CommentPosted, comment)
    expect(report.of(Moderation.clean)).toMatchObject({ value: 'Moderation.clean  Ada: Oh ...' })
  })
}
