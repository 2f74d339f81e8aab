/**
 * `limit` items spread evenly over a list, the first one included; the whole list where it is no longer than that. Of files
 * that are sorted by size it takes large and small ones in the proportion of the folder, and the same ones each time.
 */
export function sample<Item>(items: readonly Item[], limit = Infinity): readonly Item[] {
  if (items.length <= limit) return items
  return Array.from({ length: limit }, (_, index) => Math.floor((index * items.length) / limit)).flatMap(
    (position) => items.slice(position, position + 1),
  )
}
