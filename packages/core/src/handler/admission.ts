/**
 * The promise of `context.emit`. When it rejects and nobody has awaited it, the failure is reported like any other, instead
 * of ending the program as an `unhandledRejection`.
 */
export class Admission extends Promise<void> {
  #isObserved = false

  /** What `then` gives is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /**
   * Wraps a promise that nobody may ever await.
   *
   * @param admitted resolves when the tasks have been taken
   * @param report called with the reason of a rejection that nobody has awaited by then
   */
  static of(admitted: Promise<void>, report: (reason: unknown) => void): Admission {
    const admission = new Admission((resolve, reject) => {
      admitted.then(resolve, reject)
    })
    void Promise.prototype.then.call(admission, undefined, (reason: unknown) => {
      if (!admission.#isObserved) report(reason)
    })
    return admission
  }

  // `await` calls it too, since this is not a plain promise.
  override then<Fulfilled = void, Rejected = never>(
    onFulfilled?: ((value: void) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#isObserved = true
    return super.then(onFulfilled, onRejected)
  }
}
