import { payloads } from '@eventlane/core'
import { onLastWords, type LaneConnection } from '@eventlane/worker-pool/worker'
import { ServiceInstance } from './service-instance.js'
import type { HostItem, ServiceItem } from './service-message.js'

/** The worker's end: makes the instance that its host asks for, and tells of its end. */
export function serveService(connection: LaneConnection<ServiceItem, HostItem>): void {
  let instance: ServiceInstance | undefined
  connection.onMessage((items) => {
    for (const item of items) {
      if (item[0] !== 'start') continue
      payloads.limit(item[1].payloadLimits)
      instance = new ServiceInstance(connection, item[1])
      instance.run()
    }
    instance?.receive(items)
  })
  onLastWords((_, error) => {
    // What has not left yet leaves before it.
    instance?.outbox.flush()
    connection.post([['ending', error ?? null]])
  })
  connection.post([['listening']])
}
