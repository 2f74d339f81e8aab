import { HandlerNotPortableError, InvalidOptionError } from '@eventlane/core'
import { defineService, HostStartError } from '@eventlane/service'
import { checkForLeaks } from '@eventlane/testing'
import { describe, expect, it } from 'vitest'
import { broken } from './modules/broken.js'
import { defineHidden } from './modules/hidden.js'
import { setStage, WORKER_MODES } from './services/stage.js'

describe('the definition of a service', () => {
  it.each([
    ['no name', { start() {} }, /needs a name/],
    ['a name with spaces', { name: 'my service', start() {} }, /without spaces/],
    ['no start', { name: 'one' }, /needs a function start/],
    ['a config that is no schema', { name: 'one', config: { a: 1 }, start() {} }, /no schema/],
    ['nothing', undefined, /needs a name/],
  ])('with %s is refused', (_, parts, message) => {
    const define = () => defineService(import.meta.url, parts as never)
    expect(define).toThrow(InvalidOptionError)
    expect(define).toThrow(message)
  })

  it('in something that is no file is refused', () => {
    const define = () => defineService('data:text/javascript,', { name: 'one', start() {} })
    expect(define).toThrow(HandlerNotPortableError)
  })

  it('under a name that its module has used is refused', () => {
    const define = () => defineService(import.meta.url, { name: 'twice', start() {} })
    define()
    expect(define).toThrow(HandlerNotPortableError)
  })
})

describe.each(WORKER_MODES)('a service in mode %s', (mode) => {
  checkForLeaks()

  const restart = { strategy: 'immediate' } as const

  it('that no fresh realm can find is refused at the start, without restarts', async () => {
    const { host, path, went } = setStage()
    const service = host.add(defineHidden(), { mode, restart })
    await expect(host.start()).rejects.toThrow(HostStartError)
    expect(service.error?.cause).toMatchObject({ code: 'ERR_HANDLER_NOT_PORTABLE' })
    expect((service.error?.cause as Error).message).toMatch(/defines no handlers/)
    await went('hidden', 'stopped')
    expect(path('hidden')).toEqual(['starting', 'failed', 'stopped'])
  })

  it("whose module fails to import is refused with the module's own error", async () => {
    const { host, transitions } = setStage()
    const service = host.add(broken, { mode, restart })
    await expect(host.start()).rejects.toThrow(HostStartError)
    expect(service.error?.cause).toMatchObject({
      code: 'ERR_HANDLER_NOT_PORTABLE',
      cause: { name: 'RangeError', message: 'not in a worker' },
    })
    expect(transitions.filter(({ to }) => to === 'starting')).toHaveLength(1)
  })

  it('whose worker cannot be started is refused', async () => {
    const { host, add } = setStage()
    const service = add({ mode, restart: { ...restart, maxRestarts: 1 }, execArgv: ['--no-such-option'] })
    await expect(host.start()).rejects.toThrow(HostStartError)
    expect(service.status).toBe('stopped')
    expect(service.error?.reason).toMatch(/could not be started|exited with code 9/)
  })
})
