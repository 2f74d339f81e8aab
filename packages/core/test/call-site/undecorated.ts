// Without decorator syntax, which Node.js does not strip.
import { addressOf, defineEvent, EventLinker, on, payload } from '@eventlane/core'

const Sent = defineEvent('call-site.sent', payload<string>())
const linker = new EventLinker()

export class Receipts {
  static send(text: string): string {
    return `sent ${text}`
  }

  static file(text: string): string {
    return `filed ${text}`
  }
}

on(Sent)(Receipts, 'send', { value: Receipts.send })
linker.on(Sent)(Receipts, 'file', { value: Receipts.file })

console.log(JSON.stringify([addressOf(Receipts.send), addressOf(Receipts.file)]))
