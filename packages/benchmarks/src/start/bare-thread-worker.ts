import { parentPort } from 'node:worker_threads'
import { double } from './handlers.js'

parentPort?.on('message', (value: number) => parentPort?.postMessage(double({ value })))
