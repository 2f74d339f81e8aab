import { execFileSync } from 'node:child_process'

/** The processes that a process has started, and those that these have started. */
export function descendantsOf(pid: number): number[] {
  const pairs = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const found = [pid]
  for (const ancestor of found)
    for (const [child, parent] of pairs)
      if (child !== undefined && parent === ancestor && child !== process.pid) found.push(child)
  return found.slice(1)
}
