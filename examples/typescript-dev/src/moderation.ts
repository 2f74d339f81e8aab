import { on } from 'eventlane'
import { CommentPosted, type Comment } from './comment.ts'

const RUDE = /\b(darn|heck)\b/gi

/** With decorators, which tsx and Vite 7 lower, and Node.js's type stripping refuses. */
export class Moderation {
  @on(CommentPosted)
  static clean(this: void, { author, text }: Comment): string {
    return `Moderation.clean  ${author}: ${text.replaceAll(RUDE, '...')}`
  }
}
