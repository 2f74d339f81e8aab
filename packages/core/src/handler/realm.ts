import { sharedState } from '../shared-state.js'

/** A JavaScript heap with its own module graph. */
export type RealmKind = 'main' | 'thread' | 'process'

interface Realm {
  kind: RealmKind
  /** How many handler modules this realm is importing right now. */
  importing: number
}

const realm = sharedState<Realm>('realm', () => ({ kind: 'main', importing: 0 }))

/**
 * Whether this code runs in the program itself and not in a worker of one of its pools. A program that defines handlers
 * in its entry module guards its main code with it, since workers import that module too.
 *
 * @example
 * ```ts
 * import { isMainRealm } from '@eventlane/core'
 *
 * if (isMainRealm) console.log('starting')
 * ```
 */
// Workers import this package before they can say that they are workers; importers see the binding change.
export let isMainRealm: boolean = realm.kind === 'main'

/** The kind of realm that this code runs in. */
export function realmKind(): RealmKind {
  return realm.kind
}

/** Whether this realm is in the middle of importing handler modules. */
export function isImportingHandlers(): boolean {
  return realm.importing > 0
}

/** Declares this realm a worker of a pool; called by worker entries before they import anything of the user's. */
export function enterWorkerRealm(kind: 'thread' | 'process'): void {
  realm.kind = kind
  isMainRealm = false
}

/** Marks the realm as importing handler modules while `importModule` is under way. */
export async function whileImporting<Module>(importModule: () => Promise<Module>): Promise<Module> {
  realm.importing += 1
  try {
    return await importModule()
  } finally {
    realm.importing -= 1
  }
}
