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

export const ErrandDue = defineEvent('errand.due', payload<Job>())

/** Small work beside large one is a handler of its own. */
export const errand = defineHandler(import.meta.url, ErrandDue, function errand(job) {
  return workOn(job)
})
