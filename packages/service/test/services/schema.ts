import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A schema of what a condition holds for. */
export function schemaOf<Type extends object>(isValid: (value: Type) => boolean): StandardSchemaV1<Type> {
  return {
    '~standard': {
      version: 1,
      vendor: 'eventlane',
      validate: (value) =>
        typeof value === 'object' && value !== null && isValid(value as Type)
          ? { value: value as Type }
          : { issues: [{ message: 'must be a folder', path: ['folder'] }] },
    },
  }
}
