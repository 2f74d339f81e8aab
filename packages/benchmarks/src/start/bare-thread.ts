import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const worker = new Worker(new URL('./bare-thread-worker.js', import.meta.url))
worker.postMessage(Number(process.argv[2]))
const [result] = (await once(worker, 'message')) as [number]
console.log(result)
await worker.terminate()
