/** `limit` items spread evenly over a list, the same ones each time; the whole list where it is no longer than that. */
export function sample<Item>(items: readonly Item[], limit = Infinity): readonly Item[] {
  if (items.length <= limit) return items
  return Array.from({ length: limit }, (_, index) => Math.floor((index * items.length) / limit)).flatMap(
    (position) => items.slice(position, position + 1),
  )
}
