import { ConflictException, Injectable } from '@nestjs/common'

/** State of the application, such as a database would be: it is here, and in no worker. */
@Injectable()
export class StockService {
  readonly #left = new Map([['book', 10]])

  left(item: string): number {
    return this.#left.get(item) ?? 0
  }

  take(item: string, quantity: number): void {
    const left = this.left(item) - quantity
    if (left < 0) throw new ConflictException(`there are not ${quantity} of ${item}`)
    this.#left.set(item, left)
  }
}
