import { defineEvent } from '@eventlane/core'

export class AccountOpened {
  constructor(
    readonly id: string,
    readonly at: Date,
  ) {}

  describe(): string {
    return `account ${this.id} of ${String(this.at.getTime())}`
  }
}

export class PremiumAccountOpened extends AccountOpened {
  readonly bonus = 10n

  override describe(): string {
    return `premium ${super.describe()}`
  }
}

/** No event of its own. */
export class UndefinedAccountOpened extends AccountOpened {}

export class AccountFailed extends RangeError {
  override readonly name = 'AccountFailed'
  readonly code = 'ERR_ACCOUNT'
}

export const AccountOpenedEvent = defineEvent('conformance.account-opened', AccountOpened)
export const PremiumAccountOpenedEvent = defineEvent('conformance.premium-opened', PremiumAccountOpened)
export const AccountFailedEvent = defineEvent('conformance.account-failed', AccountFailed)
