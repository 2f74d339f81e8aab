/**
 * Whether this engine's `JSON.parse` can take one key for another: V8 of Node.js 24 and 26, once it has parsed an object
 * with a key that holds a backslash, takes the escaped text of another key for it. Asked with keys that nobody else has.
 */
export const MISREADS_ESCAPED_KEYS = ((): boolean => {
  JSON.parse('{"eventlane":1,"eventlane\\\\":2}')
  const parsed: object = JSON.parse('{"eventlane":1,"eventlane\\"":2}') as object
  return !Object.hasOwn(parsed, 'eventlane"')
})()

/** Whatever JSON escapes, and a little more. */
const MAY_BE_ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/ // eslint-disable-line no-control-regex

/** Whether a key is written with an escape. */
export function isEscapedKey(key: string): boolean {
  return MAY_BE_ESCAPED.test(key) && JSON.stringify(key).length !== key.length + 2
}
