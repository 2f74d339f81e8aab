/** A promise that tests open by hand. */
export interface Gate<Value> {
  readonly opened: Promise<Value>
  readonly open: (value: Value) => void
}

export function gate<Value = void>(): Gate<Value> {
  let open: Gate<Value>['open'] = () => undefined
  const opened = new Promise<Value>((resolve) => (open = resolve))
  return { opened, open }
}
