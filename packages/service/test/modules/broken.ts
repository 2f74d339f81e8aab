import { isMainRealm } from '@eventlane/core'
import { defineService } from '@eventlane/service'

export const broken = defineService(import.meta.url, { name: 'broken', start() {} })

if (!isMainRealm) throw new RangeError('not in a worker')
