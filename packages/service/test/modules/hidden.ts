import { defineService } from '@eventlane/service'

/** No realm that only imports this module finds the service. */
export const defineHidden = () => defineService(import.meta.url, { name: 'hidden', start() {} })
