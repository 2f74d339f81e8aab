import type { WorkerExit } from '@eventlane/worker-pool'
import type { LaneConnection } from '@eventlane/worker-pool/worker'
import type { HostItem, ServiceItem } from './service-message.js'

/** The realm of one incarnation of a service, as its supervisor sees it. */
export interface Realm extends LaneConnection<HostItem, ServiceItem> {
  /** Ends it, now that its service has stopped. */
  dismiss(): void
  /** Ends it now. */
  kill(): void
  /** Resolves when nothing of it is left and nothing more can arrive from it. */
  readonly ended: Promise<WorkerExit>
}

/** What a realm is started with. */
export interface RealmOptions {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly execArgv?: readonly string[] | undefined
  readonly maxOldSpaceMb?: number | undefined
}
