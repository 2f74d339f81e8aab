// Runs the test suite on several Node.js versions: `pnpm test:node-versions [version...]`.
import { spawn } from 'node:child_process'
import process from 'node:process'
import { nodeAt } from './node-versions.mjs'

const versions = process.argv.slice(2)
if (versions.length === 0) versions.push('20', '22', '24', '26')

/** @param {string} version @param {string[]} args */
function node(version, args, { echo = true } = {}) {
  return new Promise((resolve, reject) => {
    const { command, before } = nodeAt(version)
    const child = spawn(command, [...before, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk
      if (echo) process.stdout.write(chunk)
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ ok: code === 0, output }))
  })
}

const rows = []
for (const version of versions) {
  console.log(`\n== Node.js ${version}`)
  const probe = await node(version, ['--version'], { echo: false })
  const exact = probe.output.trim()
  if (!probe.ok || !exact.startsWith(`v${version}`)) {
    rows.push({ version, ok: false, result: `it did not start (${exact || 'no output'})` })
    continue
  }
  const { ok, output } = await node(version, ['node_modules/vitest/vitest.mjs', 'run'])
  const counts = output.match(/^\d+ passed, \d+ failed, \d+ skipped$/gm)?.at(-1)
  rows.push({ version: exact, ok, result: counts ?? 'no summary' })
}

console.log('\nNode.js    result')
for (const { version, ok, result } of rows)
  console.log(`${version.padEnd(10)} ${ok ? 'ok  ' : 'FAIL'}  ${result}`)
process.exitCode = rows.every((row) => row.ok) ? 0 : 1
