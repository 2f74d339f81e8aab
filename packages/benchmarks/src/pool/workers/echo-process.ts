// The limit of a child process: whatever comes goes back, unread.
process.on('message', (message) => process.send?.(message))
