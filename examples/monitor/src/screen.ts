import type { WriteStream } from 'node:tty'
import type { HostedService } from '@eventlane/service'
import { Table } from 'console-table-printer'
import type { Summary } from './events.js'

/** Where the monitor shows what it knows. */
export interface Screen {
  show(summary: Summary, services: readonly HostedService[]): void
  /** Something that happened to a service. */
  note(text: string): void
}

/** A table that is drawn again and again on a terminal; a line each time in a pipe. */
export function createScreen(stream: WriteStream): Screen {
  return stream.isTTY ? new TableScreen(stream) : new LineScreen(stream)
}

const percent = (share: number): string => `${Math.round(share * 100).toString()} %`
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024).toLocaleString('en')} KB`

/** The last of the notes that stay below the table. */
const NOTES = 5

class TableScreen implements Screen {
  readonly #stream: WriteStream
  readonly #notes: string[] = []
  #height = 0

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  show(summary: Summary, services: readonly HostedService[]): void {
    const text = `${servicesTable(services)}\n${figuresTable(summary)}\n${this.#notes.join('\n')}\n`
    // Back to where the last drawing began, and over it.
    const back = this.#height > 0 ? `\u001B[${this.#height.toString()}A\u001B[0J` : ''
    this.#stream.write(back + text)
    this.#height = text.split('\n').length - 1
  }

  note(text: string): void {
    // A line that wraps would be two to go back over.
    this.#notes.push(text.slice(0, this.#stream.columns))
    if (this.#notes.length > NOTES) this.#notes.shift()
  }
}

function servicesTable(services: readonly HostedService[]): string {
  const table = new Table({
    shouldDisableColors: true,
    columns: ['service', 'mode', 'status', 'starts'].map((name) => ({ name, alignment: 'left' })),
  })
  for (const { name, mode, status, incarnation } of services)
    table.addRow({ service: name, mode, status, starts: incarnation })
  return table.render()
}

function figuresTable({ files, bytes, changes, lastChange, busy }: Summary): string {
  const table = new Table({
    shouldDisableColors: true,
    columns: [
      { name: 'figure', alignment: 'left' },
      { name: 'value', alignment: 'left', minLen: 40, maxLen: 60 },
    ],
  })
  table.addRow({ figure: 'files', value: `${files.toLocaleString('en')}, ${kilobytes(bytes)}` })
  table.addRow({
    figure: 'changes',
    value: Object.entries(changes)
      .map(([change, count]) => `${count.toString()} ${change}`)
      .join(', '),
  })
  table.addRow({ figure: 'last change', value: lastChange ?? 'none' })
  table.addRow({
    figure: 'processors',
    value: `${percent(busy.last)} busy; mean ${percent(busy.mean)}, peak ${percent(busy.peak)}`,
  })
  return table.render()
}

class LineScreen implements Screen {
  readonly #stream: NodeJS.WritableStream

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
  }

  show({ files, bytes, changes, samples, busy }: Summary): void {
    const { appeared, changed, vanished } = changes
    this.#stream.write(
      `${files.toString()} files, ${kilobytes(bytes)}; ${appeared.toString()} appeared, ${changed.toString()} changed, ` +
        `${vanished.toString()} vanished; processors ${percent(busy.last)} busy (${samples.toString()} samples)\n`,
    )
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`)
  }
}
