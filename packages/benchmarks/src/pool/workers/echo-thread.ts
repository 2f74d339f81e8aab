import { parentPort } from 'node:worker_threads'

// The limit of a thread: whatever comes goes back, unread.
parentPort?.on('message', (message) => parentPort?.postMessage(message))
