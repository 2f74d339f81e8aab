import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const PRELUDE = `
import { defineEvent, defineHandler, EventLinker, on, payload, type EventEmitter } from '@eventlane/core'
import { z } from 'zod'
const Tick = defineEvent('tick')
const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string(), placedAt: z.date() }))
const UserCreated = defineEvent('user.created', payload<{ id: string }>())
declare const events: EventEmitter
declare const mapped: EventEmitter<{ 'user.created': { id: string } }>
const linker = new EventLinker()
`

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.decorators.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
}

/** What the compiler says of a program that starts with {@link PRELUDE}: the last line of each message and where it points. */
function messagesOf(source: string): string[] {
  // The file does not exist; it stands beside this one, so that packages resolve from there.
  const file = new URL('./must-not-compile.ts', import.meta.url).pathname
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  const text = PRELUDE + source
  host.fileExists = (name) => name === file || fileExists(name)
  host.getSourceFile = (name, version) =>
    name === file
      ? ts.createSourceFile(name, text, version)
      : (sources.get(name) ?? remember(name, getSourceFile(name, version)))
  const program = ts.createProgram([file], options, host)
  return ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText, start = 0, length = 0 }) => {
      const lines = ts.flattenDiagnosticMessageText(messageText, '\n').split('\n')
      return `${text.slice(start, start + length).split('\n')[0]}: ${lines.at(-1)?.trim()}`
    })
}

const sources = new Map<string, ts.SourceFile>()

function remember(name: string, file: ts.SourceFile | undefined): ts.SourceFile | undefined {
  if (file) sources.set(name, file)
  return file
}

describe('what the compiler says of', () => {
  it('the right use: nothing', () => {
    expect(
      messagesOf(`
events.emit(Tick)
events.emit(OrderPlaced, { id: 'o-1', placedAt: new Date() })
linker.on(OrderPlaced, (order) => order.placedAt.getTime(), { local: true })
class Receipts {
  @on(OrderPlaced)
  static send(order: { id: string }): string { return order.id }
}
`),
    ).toEqual([])
  })

  it.each([
    ['a missing payload', `events.emit(OrderPlaced)`, 'emit: Expected 2-3 arguments, but got 1.'],
    [
      'a wrong payload',
      `events.emit(OrderPlaced, { id: 'o-1', placedAt: 1 })`,
      `placedAt: Type 'number' is not assignable to type 'Date'.`,
    ],
    [
      'a field that is missing',
      `events.emit(UserCreated, {})`,
      `{}: Property 'id' is missing in type '{}' but required in type '{ id: string; }'.`,
    ],
    [
      'a payload where none is wanted',
      `events.emit(Tick, 1)`,
      `1: Argument of type '1' is not assignable to parameter of type 'undefined'.`,
    ],
    [
      'a name that is not in the map',
      `mapped.emit('user.create', { id: 'u-1' })`,
      `'user.create': Argument of type '"user.create"' is not assignable to parameter of type 'EventInstance | EventReference<{ 'user.created': { id: string; }; }>'.`,
    ],
    [
      'a handler of another payload',
      `linker.on(OrderPlaced, (order: number) => order, { local: true })`,
      `(order: number) => order: Type '{ id: string; placedAt: Date; }' is not assignable to type 'number'.`,
    ],
    [
      'a decorated method of another payload',
      `class Receipts {\n  @on(OrderPlaced)\n  static send(order: number): number { return order }\n}`,
      `on(OrderPlaced): Type '{ id: string; placedAt: Date; }' is not assignable to type 'number'.`,
    ],
    [
      'a decorated method whose parameter has no type',
      `class Receipts {\n  @on(OrderPlaced)\n  static send(order) { return order }\n}`,
      `order: Parameter 'order' implicitly has an 'any' type.`,
    ],
    [
      'a defined handler of another payload',
      `defineHandler(import.meta.url, OrderPlaced, function score(order: number) { return order })`,
      `score: Type '{ id: string; placedAt: Date; }' is not assignable to type 'number'.`,
    ],
  ])('%s: that it is one', (_, source, expected) => {
    expect(messagesOf(source)).toEqual([expected])
  })
})
