import { defineEvent, defineHandler, payload } from '@eventlane/core'
import { workOn, type Job } from '../../work/job.js'

export const ComputingDue = defineEvent('placement.computing-due', payload<Job>())
export const TrifleDue = defineEvent('placement.trifle-due', payload<{ result: number }>())

export const computes = defineHandler(import.meta.url, ComputingDue, function computes(job) {
  return workOn(job)
})

export const isTiny = defineHandler(import.meta.url, TrifleDue, function isTiny({ result }) {
  return result
})
