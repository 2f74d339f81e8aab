const { defineHandler } = require('eventlane')

const CENTS = { lamp: 3900n, bulb: 550n }

/** `__filename` stands where an ES module writes import.meta.url. */
exports.price = defineHandler(__filename, function price(delivery, { mode }) {
  return `price         ${String((CENTS[delivery.article] * delivery.amount) / 100n)} EUR, in ${mode}`
})
