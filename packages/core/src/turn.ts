let turn: object | undefined

/** The same object for all that happens in one synchronous turn. */
export function currentTurn(): object {
  if (turn === undefined) {
    turn = {}
    queueMicrotask(() => (turn = undefined))
  }
  return turn
}
