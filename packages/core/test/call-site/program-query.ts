import { addressOf } from '@eventlane/core'

const module = new URL('./handlers.js?v=1', import.meta.url).href
const { Receipts } = (await import(module)) as typeof import('./handlers.js')

console.log(JSON.stringify([addressOf(Receipts.send), addressOf(Receipts.file)]))
