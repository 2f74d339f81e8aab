import { parseArgs } from 'node:util'

/** What the user asked for. */
export interface Settings {
  readonly orders: number
  readonly dashboard: boolean
  readonly json: boolean
}

const HELP = `order-pipeline: checkout, payment, receipt and shipping over three processes, one of which is killed half-way

  --orders <n>   how many orders; default: 20
  --dashboard    shows the queue in a browser, and stays until Ctrl-C
  --json         prints the summary as JSON and nothing else
`

/**
 * Reads the command line; help and complaints are printed here.
 *
 * @returns the settings, or the exit code where there is nothing left to do
 */
export function readArguments(argv: readonly string[]): Settings | number {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        orders: { type: 'string', default: '20' },
        dashboard: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    const orders = Number(values.orders)
    if (!Number.isSafeInteger(orders) || orders < 4)
      throw new RangeError('--orders must be a whole number above 3')
    return { orders, dashboard: values.dashboard, json: values.json }
  } catch (error) {
    console.error(`order-pipeline: ${(error as Error).message}`)
    return 2
  }
}
