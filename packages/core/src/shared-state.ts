/**
 * State that exists once per realm, however many copies of this package were loaded into it (ESM beside CommonJS,
 * a bundle beside `node_modules`): it hangs on `globalThis` under a registered symbol.
 */
export function sharedState<State>(name: string, create: () => State): State {
  const key = Symbol.for(`eventlane.${name}@1`)
  const holder = globalThis as { [key]?: State }
  return (holder[key] ??= create())
}
