import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const child = fork(fileURLToPath(new URL('./bare-process-worker.js', import.meta.url)))
child.send(Number(process.argv[2]))
const [result] = (await once(child, 'message')) as [number]
console.log(result)
child.disconnect()
