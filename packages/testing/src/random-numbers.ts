/** Random whole numbers from 0 to below a limit. */
export type RandomNumbers = (below: number) => number

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}
