/** CPU time and memory of a process with all its threads and children, from /proc. */

import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of a process and everything it has started, that are alive. */
export function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = parentOf(name)
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found = [pid]
  for (const member of found) found.push(...(children.get(member) ?? []))
  return found
}

/**
 * Time that all threads of a tree have run, milliseconds, in nanosecond steps. Threads that ended take their time with
 * them, so this is for servers whose threads stay.
 */
export function cpuMsOf(pid: number): number {
  let nanoseconds = 0
  for (const member of treeOf(pid)) {
    for (const thread of entriesOf(`/proc/${member}/task`)) {
      nanoseconds += Number(read(`/proc/${member}/task/${thread}/schedstat`)?.split(' ')[0] ?? 0)
    }
  }
  return nanoseconds / 1e6
}

/** Memory of a tree that belongs to no file, resident, KB of 1024 bytes. */
export function anonymousKbOf(pid: number): number {
  let kilobytes = 0
  for (const member of treeOf(pid)) {
    kilobytes += Number(/^RssAnon:\s+(\d+) kB/m.exec(read(`/proc/${member}/status`) ?? '')?.[1] ?? 0)
  }
  return kilobytes
}

function parentOf(pid: string): number | null {
  const stat = read(`/proc/${pid}/stat`)
  // The name of the command, in parentheses, may hold anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[1] === undefined ? null : Number(fields[1])
}

/** Null for what is gone by now. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
