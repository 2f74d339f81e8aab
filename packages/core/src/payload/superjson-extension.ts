import type SuperJSON from 'superjson'
import type { PayloadRegistry } from './payload-registry.js'
import {
  BUILT_IN_TYPES,
  builtInType,
  NULL_PROTOTYPE,
  SYMBOL_FOR,
  wireForm,
  type Annotation,
} from './payload-types.js'

/** Teaches superjson what it would lose, by its own custom types. */
export function extendSuperjson(superjson: SuperJSON, registry: PayloadRegistry): void {
  const extend = (
    [kind, name]: Annotation,
    isApplicable: (value: unknown) => boolean,
    serialize: (value: never) => unknown,
  ): void => {
    if (kind !== 'custom' || name === undefined) return
    superjson.registerCustom<never, never>(
      {
        // superjson takes the first type that applies; the user's own come before these.
        isApplicable: (value): value is never => isApplicable(value) && !registry.customOf(value),
        serialize: serialize as never,
        // Each is read before superjson is asked.
        deserialize: (json) => json,
      },
      name,
    )
  }
  for (const type of BUILT_IN_TYPES) {
    for (const form of type.forms) {
      const isApplicable = (value: unknown): boolean =>
        typeof value === 'object' &&
        value !== null &&
        builtInType(Object.getPrototypeOf(value) as object | null) === type &&
        wireForm(type, value) === form
      if (typeof form.annotation !== 'string') extend(form.annotation, isApplicable, form.toJson)
    }
  }
  const isBare = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null
  extend(NULL_PROTOTYPE, isBare, (value: object) => ({ ...value }))
  const isGlobal = (value: unknown): boolean =>
    typeof value === 'symbol' && Symbol.keyFor(value) !== undefined
  extend(SYMBOL_FOR, isGlobal, (value: symbol) => Symbol.keyFor(value))
}
