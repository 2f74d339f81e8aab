// A fresh realm: imports one module and says what the handlers that it finds there return.
import { handlerAt } from '@eventlane/core/executor'

const [module, ...names] = process.argv.slice(2)
await import(module)
console.log(JSON.stringify(names.map((name) => handlerAt({ module, name })?.handler('it') ?? null)))
