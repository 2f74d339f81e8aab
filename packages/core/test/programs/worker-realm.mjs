// What a worker's entry does before it imports handlers, and what they find then.
import { enterWorkerRealm } from '@eventlane/core'

enterWorkerRealm('thread')
const { isMainRealm, realmKind } = await import('@eventlane/core')
console.log(JSON.stringify({ kind: realmKind(), isMainRealm }))
