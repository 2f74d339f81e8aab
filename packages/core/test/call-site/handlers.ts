import { defineEvent, EventLinker, on, payload } from '@eventlane/core'

export const Sent = defineEvent('call-site.sent', payload<string>())

const linker = new EventLinker()

export class Receipts {
  @on(Sent)
  static send(text: string): string {
    return `sent ${text}`
  }

  @linker.on(Sent)
  static file(text: string): string {
    return `filed ${text}`
  }
}
