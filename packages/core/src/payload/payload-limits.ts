import { checkOptions } from '../options.js'

/** How large and how deep a payload may be. */
export interface PayloadLimits {
  /** Longest encoded text, in bytes of UTF-8. Default: 8 MiB. */
  readonly maxPayloadBytes?: number
  /** Deepest nesting of objects, arrays and collections. Default: 500. */
  readonly maxDepth?: number
}

export const DEFAULT_PAYLOAD_LIMITS: Required<PayloadLimits> = {
  maxPayloadBytes: 8 * 1024 * 1024,
  maxDepth: 500,
}

const isPositiveInteger = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0

/**
 * Limits with those that are left out taken from `current`.
 *
 * @throws InvalidOptionError when a limit is unknown or no positive integer
 */
export function resolvePayloadLimits(
  limits: PayloadLimits,
  current: Required<PayloadLimits>,
  where: string,
): Required<PayloadLimits> {
  checkOptions(limits, { maxPayloadBytes: isPositiveInteger, maxDepth: isPositiveInteger }, () => where)
  const { maxPayloadBytes = current.maxPayloadBytes, maxDepth = current.maxDepth } = limits
  return { maxPayloadBytes, maxDepth }
}
