const { EventEmitter, EventLinker, ProcessExecutor, ThreadExecutor } = require('eventlane')
const { price } = require('./price.cjs')
const { Delivered, Delivery, label } = require('./dist/stock.js')

EventLinker.default.link([Delivered, label], [Delivered, price])

// CommonJS has no await outside functions.
async function main() {
  console.log(`Node.js ${process.version.slice(1)}`)
  for (const Executor of [ThreadExecutor, ProcessExecutor]) {
    const events = new EventEmitter({ executor: new Executor({ workers: 1 }) })
    const { outcomes } = await events.emit(new Delivery('lamp', 12n))
    for (const { value } of outcomes) console.log(value)
    await events.shutdown()
  }
}

void main()
