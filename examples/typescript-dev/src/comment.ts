import { defineEvent, type PayloadOf } from 'eventlane'
import { z } from 'zod'

export const CommentPosted = defineEvent('comment.posted', z.object({ author: z.string(), text: z.string() }))
export type Comment = PayloadOf<typeof CommentPosted>
