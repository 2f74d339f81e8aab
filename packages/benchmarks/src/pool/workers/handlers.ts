import { defineEvent, defineHandler, payload } from '@eventlane/core'
import { resultOf, type Task } from '../task.js'

export const TaskDue = defineEvent('task.due', payload<Task>())

export const done = defineHandler(import.meta.url, TaskDue, function done(task) {
  return resultOf(task)
})
