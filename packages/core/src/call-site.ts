import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import util from 'node:util'

/**
 * The module (`file:` URL, query kept) whose code called `callee`, or `undefined` where it cannot be told: code from
 * `eval`, a `data:` URL, the command line or the REPL.
 *
 * To be called while `callee` runs, however deep inside. A function that wraps `callee` counts as its caller.
 */
export function callerModule(callee: (...args: never[]) => unknown): string | undefined {
  let file: string | null | undefined
  try {
    file = fileBelow(callee)
  } catch {
    // `Error` is locked, by --frozen-intrinsics for one. Node.js 22.12 and later can tell without it.
    file = scriptBelow(callee.name)
  }
  return file ? fileUrl(file) : undefined
}

function fileBelow(callee: (...args: never[]) => unknown) {
  const restoreLimit = replace('stackTraceLimit', 1)
  try {
    const restorePrepare = replace('prepareStackTrace', (_: unknown, [frame]: NodeJS.CallSite[]) => {
      return frame?.getFileName()
    })
    try {
      const trace: { stack?: string | null } = {}
      Error.captureStackTrace(trace, callee)
      return trace.stack // prepared now, when it is first read
    } finally {
      restorePrepare()
    }
  } finally {
    restoreLimit()
  }
}

/** Sets a property of `Error` by its descriptor, since other libraries put accessors there; returns the undo. */
function replace(key: 'stackTraceLimit' | 'prepareStackTrace', value: unknown) {
  const before = Object.getOwnPropertyDescriptor(Error, key)
  Object.defineProperty(Error, key, { value, writable: true, configurable: before?.configurable ?? true })
  return () => {
    if (before) Object.defineProperty(Error, key, before)
    else Reflect.deleteProperty(Error, key)
  }
}

interface Script {
  functionName: string
  scriptName: string
}

function scriptBelow(name: string) {
  const { getCallSites } = util as { getCallSites?: (frames: number, options: object) => Script[] }
  const scripts = getCallSites?.(20, { sourceMap: false }) ?? []
  const callee = scripts.findIndex(({ functionName }) => functionName === name)
  return callee < 0 ? undefined : scripts[callee + 1]?.scriptName
}

function fileUrl(file: string) {
  if (isAbsolute(file)) {
    // Vite, and so Vitest, keeps a query in the path under which it runs a module.
    const query = file.includes('?') && !existsSync(file) ? file.indexOf('?') : file.length
    return pathToFileURL(file.slice(0, query)).href + file.slice(query)
  }
  // Node.js names the module of `--eval` as a file that is not there.
  return file.startsWith('file:') && !/\/\[eval\d*\]$/.test(file) ? file : undefined
}
