import { findProgram } from '@eventlane/local-programs'

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome']

/** What a headless Chromium is started with. */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const INSTALL =
  'Install Chromium: `apt-get install -y chromium`, or set EVENTLANE_BROWSER to the path of a Chrome or Chromium'

/**
 * The path of a Chromium: that in `EVENTLANE_BROWSER`, or else one on the `PATH`. Where there is none, it says which tests are not run.
 *
 * @param tests what they are, in words
 * @throws Error where there is none and `EVENTLANE_REQUIRE_BROWSER=1`
 */
export function chromiumFor(tests: string): string | undefined {
  const { EVENTLANE_BROWSER, PATH = '' } = process.env
  const program = EVENTLANE_BROWSER ?? findProgram(PROGRAMS, PATH)
  if (program === undefined) reportMissing(`NOT RUN, for want of a browser: ${tests}. ${INSTALL}`)
  return program
}

/**
 * Says why tests are not run.
 *
 * @throws Error where `EVENTLANE_REQUIRE_BROWSER=1`
 */
export function reportMissing(what: string): void {
  if (process.env.EVENTLANE_REQUIRE_BROWSER === '1') throw new Error(what)
  console.warn(what)
}
