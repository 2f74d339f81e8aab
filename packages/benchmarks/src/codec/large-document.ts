import { isDeepStrictEqual } from 'node:util'
import type { PayloadSet } from './payload-set.js'

type Catalogue = ReturnType<typeof catalogue>

const COUNT = 4
const PRODUCTS = 342

/** A plain document of the size of a page of results: mostly text and numbers, some of it to be escaped. */
export const largeDocuments: PayloadSet<Catalogue> = {
  name: 'large',
  title: 'Plain document, about 100 KB of JSON',
  values: Array.from({ length: COUNT }, (_, index) => catalogue(index)),
  witness: ({ name, products }) => name.length + products.length + (products.at(-1)?.stock ?? 0),
  isKept: isDeepStrictEqual,
}

function catalogue(index: number) {
  return {
    name: `catalogue-${index}`,
    currency: 'EUR',
    products: Array.from({ length: PRODUCTS }, (_, position) => product(index * PRODUCTS + position)),
  }
}

function product(index: number) {
  return {
    sku: `sku-${100_000 + index}`,
    title: `Café table no. ${index}`,
    description: `Oiled oak, ${60 + (index % 40)} cm across.\nThe catalogue calls it "the small one"; it seats ${2 + (index % 3)}.`,
    price: 99.5 + index * 0.25,
    stock: (index * 31) % 500,
    available: index % 4 !== 0,
    supersededBy: index % 10 === 0 ? `sku-${200_000 + index}` : null,
    size: { width: 60 + (index % 40), depth: 60 + (index % 40), height: 74 },
    tags: ['furniture', 'oak', `series-${index % 12}`],
  }
}
