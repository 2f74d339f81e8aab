import { defineEvent, payload } from '@eventlane/core'
import { defineService } from '@eventlane/service'

export const Job = defineEvent('resident.job', payload())

export const resident = defineService(import.meta.url, {
  name: 'resident',
  start({ on }) {
    const timer = setInterval(() => {}, 1000)
    on(Job, (what) => {
      if (what === 'block') for (;;);
      return { pid: process.pid }
    })
    return () => {
      clearInterval(timer)
      console.log('service stopped')
    }
  },
})
