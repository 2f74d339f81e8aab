import { defineHandler } from 'eventlane'
import { CommentPosted } from './comment.ts'

/** Nothing but types to strip. */
export const count = defineHandler(import.meta.url, CommentPosted, function count({ text }, { mode }) {
  return `count             ${text.split(/\s+/).length.toString()} words, in ${mode}`
})
