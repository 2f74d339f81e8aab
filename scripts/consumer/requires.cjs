// All of it is there for `require` as well, and is the very same.
const assert = require('node:assert/strict')

const names = [
  '@eventlane/core',
  '@eventlane/core/executor',
  '@eventlane/executor-bullmq',
  '@eventlane/executor-inline',
  '@eventlane/executor-process',
  '@eventlane/executor-thread',
  '@eventlane/opentelemetry',
  '@eventlane/service',
  '@eventlane/testing/recording',
  '@eventlane/worker-pool',
  'eventlane',
]

async function main() {
  for (const name of names) assert.equal(require(name), await import(name))
}

void main()
