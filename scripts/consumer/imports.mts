// Importing leaves nothing behind in the program, and nothing that keeps it alive.
import assert from 'node:assert/strict'
// Which do leave something behind.
import 'bullmq'
import 'ioredis'

const names = () => ({ globals: Object.keys(globalThis), events: process.eventNames() })
const before = names()

const core = await import('@eventlane/core')
const { BullMQExecutor, createWorker } = await import('@eventlane/executor-bullmq')
const { InlineExecutor } = await import('@eventlane/executor-inline')
const { ProcessExecutor } = await import('@eventlane/executor-process')
const { ThreadExecutor } = await import('@eventlane/executor-thread')
const { EventlaneInstrumentation } = await import('@eventlane/opentelemetry')
const { defineService, Host } = await import('@eventlane/service')
const { RecordingExecutor } = await import('@eventlane/testing/recording')
const { WorkerPool } = await import('@eventlane/worker-pool')
const eventlane = await import('eventlane')

assert.deepEqual(names(), before)
assert.equal(eventlane.EventLinker, core.EventLinker)
const classes = { BullMQExecutor, EventlaneInstrumentation, Host, InlineExecutor, ProcessExecutor }
const others = { createWorker, defineService, RecordingExecutor, ThreadExecutor, WorkerPool }
for (const value of Object.values({ ...classes, ...others })) assert.equal(typeof value, 'function')
