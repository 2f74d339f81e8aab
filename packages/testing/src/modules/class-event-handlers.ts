import { defineHandler, type HandlerContext } from '@eventlane/core'
// Types only: nothing in this module makes a worker import the classes.
import type { AccountFailed, AccountOpened } from './class-events.js'

export function seesAccount(account: AccountOpened, { event }: HandlerContext) {
  const { constructor } = account
  return { event, className: constructor.name, description: account.describe(), at: account.at }
}
defineHandler(import.meta.url, seesAccount)

export function seesFailure(failure: AccountFailed) {
  const { constructor, name, message, code } = failure
  return { className: constructor.name, isRangeError: failure instanceof RangeError, name, message, code }
}
defineHandler(import.meta.url, seesFailure)

export function seesNested({ value }: { readonly value?: unknown }): string {
  return (value as AccountOpened).describe()
}
defineHandler(import.meta.url, seesNested)

export async function emitsAccount(
  { value }: { readonly value?: unknown },
  context: HandlerContext,
): Promise<unknown> {
  await context.emit(value as AccountOpened)
  return value
}
defineHandler(import.meta.url, emitsAccount)

/** Emits, by the name of a class event, what is no instance. */
export async function emitsLookAlike(_: object, context: HandlerContext): Promise<void> {
  await context.emit('conformance.account-opened' as never, { id: 'a-1' } as never)
}
defineHandler(import.meta.url, emitsLookAlike)

export function seesField(value: object): unknown {
  return 'field' in value
}
defineHandler(import.meta.url, seesField)
