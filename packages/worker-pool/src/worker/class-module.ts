import { InvalidEventError } from '@eventlane/core'
import { isClassEventDefined, showThrown } from '@eventlane/core/executor'
import { importModuleOnce, type Loader } from './handler-module.js'

/** The modules of the class events that the pool knows, and this realm has yet to define. */
const modules = new Map<string, string>()

/** Notes where a class event is defined; its module is imported when an instance comes. */
export function nameClass(name: string, module: string): void {
  if (!isClassEventDefined(name)) modules.set(name, module)
}

/**
 * Imports the modules of the class events of which there may be instances in an encoded payload.
 *
 * @returns `undefined` where there is nothing to wait for
 * @throws InvalidEventError, in the promise, with the module's own error
 */
export function importClasses(payload: string, loader: Loader): Promise<unknown> | undefined {
  if (modules.size === 0) return undefined
  // A name that is there for another reason only has its module imported earlier.
  const names = [...modules.keys()].filter((name) => payload.includes(JSON.stringify(name)))
  if (names.length === 0) return undefined
  return Promise.all(names.map((name) => importClass(name, loader)))
}

async function importClass(name: string, loader: Loader): Promise<void> {
  const module = modules.get(name)
  if (module !== undefined && !isClassEventDefined(name)) {
    try {
      await importModuleOnce(module, loader)
    } catch (error) {
      throw new InvalidEventError(
        `the module of the class event fails to import in a worker: ${showThrown(error)}`,
        `mend ${module}; a worker imports it on its own, without the program around it`,
        name,
        error,
      )
    }
    if (!isClassEventDefined(name)) {
      throw new InvalidEventError(
        `the module of the class event, when merely imported, does not define it`,
        `call defineEvent at the top level of ${module}, outside functions, conditions and \`if (isMainRealm)\``,
        name,
      )
    }
  }
  modules.delete(name)
}
