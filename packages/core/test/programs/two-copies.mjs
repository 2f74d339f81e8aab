// The package loaded twice into one realm, as by a bundle beside node_modules.
import * as first from '@eventlane/core'
import { secondCopy } from './second-copy.mjs'

const second = await secondCopy()

class Money {
  constructor(amount) {
    this.amount = amount
  }
}
function shared() {}

first.defineHandler(import.meta.url, shared)
first.payloads.registerClass(Money)

let error
try {
  second.defineEvent('')
} catch (thrown) {
  error = thrown
}
console.log(
  JSON.stringify({
    copies: new Set([first.EventLinker, second.EventLinker]).size,
    sameDefaultLinker: first.EventLinker.default === second.EventLinker.default,
    addressSeenByOther: second.addressOf(shared)?.name,
    classSeenByOther: second.payloads.decode(second.payloads.encode(new Money(1n))) instanceof Money,
    errorSeenByOther: error instanceof first.EventlaneError,
  }),
)
