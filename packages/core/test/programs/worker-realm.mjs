// What a worker's entry does before it imports handlers, and what they find then.
import { enterWorkerRealm, realmKind } from '@eventlane/core/executor'

enterWorkerRealm('thread')
const { isMainRealm } = await import('@eventlane/core')
console.log(JSON.stringify({ kind: realmKind(), isMainRealm }))
