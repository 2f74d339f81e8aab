// Runs the same order on each executor named on the command line, and prints one line of JSON for each.
import { isMainRealm, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { placeOrder } from './place-order.js'

const executors = { threads: ThreadExecutor, processes: ProcessExecutor }

// Without top-level await, which CommonJS does not have.
async function main(): Promise<void> {
  for (const name of process.argv.slice(2)) {
    const outcomes = await placeOrder(new executors[name as keyof typeof executors]({ workers: 1 }))
    console.log(JSON.stringify({ pid: process.pid, ...outcomes }))
  }
}

// Workers import this file too, where a bundler has put the handlers into it.
if (isMainRealm) void main()
