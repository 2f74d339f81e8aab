import { randomUUID } from 'node:crypto'

/** A UUID but for its last group, which counts: as unique, at a tenth of the cost of a new one for each emission. */
const REALM_ID = randomUUID().slice(0, -12)
/** The last two digits; writing a number costs more than all else of an id. */
const LAST_DIGITS = Array.from({ length: 256 }, (_, number) => digits(number, 2))

let emissions = 0
/** Of the id that was written last, which the next one mostly shares. */
let first = { number: 0, text: REALM_ID + digits(0, 10) }

function digits(number: number, count: number): string {
  return number.toString(16).padStart(count, '0')
}

/** The number of an emission that is being made; {@link emissionId} makes its id of it. */
export function nextEmissionNumber(): number {
  return (emissions += 1)
}

/** A UUID, unique among all emissions of all realms. */
export function emissionId(number: number): string {
  const last = number % LAST_DIGITS.length
  const rest = (number - last) / LAST_DIGITS.length
  if (rest !== first.number) first = { number: rest, text: REALM_ID + digits(rest, 10) }
  return first.text + (LAST_DIGITS[last] ?? '')
}
