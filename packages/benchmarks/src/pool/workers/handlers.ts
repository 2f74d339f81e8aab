import { defineEvent, defineHandler, payload } from '@eventlane/core'
import { resultOf, type Task } from '../task.js'
import { workOn, type Job } from '../../work/job.js'

export const TaskDue = defineEvent('task.due', payload<Task>())

export const done = defineHandler(import.meta.url, TaskDue, function done(task) {
  return resultOf(task)
})

export const WorkDue = defineEvent('work.due', payload<Job>())

export const work = defineHandler(import.meta.url, WorkDue, function work(job) {
  return workOn(job)
})
