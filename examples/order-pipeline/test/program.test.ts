import { hasRedisFor } from '@eventlane/local-redis'
import { describe, expect, it } from 'vitest'
import { runProgram } from './program.js'

const lines = (text: string) => text.split('\n').filter((line) => line !== '')

describe('the command line', () => {
  it.each([
    ['an unknown option', ['--turbo'], /Unknown option '--turbo'/],
    ['too few orders', ['--orders', '3'], /whole number above 3/],
    ['orders that are no number', ['--orders', 'many'], /whole number above 3/],
  ])('says in one line what is wrong with %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runProgram(args)
    expect(lines(stderr)).toEqual([expect.stringMatching(message)])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('helps', async () => {
    const { code, stdout } = await runProgram(['--help'])
    expect(stdout).toContain('--dashboard')
    expect(code).toBe(0)
  })

  it('says in one line how to install a Redis where there is none, and ends well', async () => {
    const { code, stdout, stderr } = await runProgram([], { PATH: '/nowhere' })
    expect(lines(stdout)).toHaveLength(1)
    expect(stdout).toMatch(/apt-get install -y redis-server.*brew install redis.*docker compose up -d/)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

describe.skipIf(!hasRedisFor('the order pipeline'))('the pipeline', () => {
  it('completes every order once, although a worker is killed, and counts what ran again', async () => {
    const { code, stdout, stderr } = await runProgram(['--orders', '8', '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { runs, runsLost, runsRepeated, foundDone, ...rest } = JSON.parse(stdout)
    expect(rest).toEqual({ orders: 8, completed: 8, completedOnce: 8, bookings: 24, bookedTwice: 0 })
    // It is killed between a booking and its end.
    expect(runsLost).toBeGreaterThan(0)
    expect(foundDone).toBeGreaterThan(0)
    expect(runs).toBe(24 + Number(runsRepeated))
    expect(runsRepeated).toBeGreaterThanOrEqual(runsLost)
  })

  it('prints what happened, a timeline and the counts', async () => {
    const { stdout } = await runProgram(['--orders', '8'])
    expect(stdout).toContain('worker A was killed (SIGKILL)')
    expect(stdout).toMatch(/worker C +process \d+, ready, in place of A/)
    expect(stdout).toMatch(/^ +↓ worker killed$/m)
    for (let order = 1; order <= 8; order += 1)
      expect(stdout).toMatch(new RegExp(`^o-0${order} +[·x]*P+.*S`, 'm'))
    expect(stdout).toContain('8 of 8 orders were completed, each step of each exactly once.')
  })
})
