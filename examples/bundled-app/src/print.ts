import type { Outcome } from 'eventlane'

/** Prints what handlers have returned. */
export function print(title: string, outcomes: readonly (Outcome<string> | undefined)[]): void {
  console.log(title)
  for (const outcome of outcomes)
    console.log(`  ${outcome?.status === 'fulfilled' ? outcome.value : 'did not run'}`)
}
