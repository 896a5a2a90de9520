/** What a process holds at a moment, as the kernel sees it. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { cpuMsOf } from '../process-tree.ts'

/** One look. */
export interface Sample {
  /** Since the soak began, seconds. */
  readonly atSeconds: number
  /** Memory that belongs to no file, resident, KB of 1024 bytes. */
  readonly anonymousKb: number
  readonly threads: number
  /** Open files by kind: `socket`, `anon_inode:[eventpoll]`, the names of files ... */
  readonly files: Readonly<Record<string, number>>
  /** Processor time since the process began, milliseconds. */
  readonly cpuMs: number
}

/** Looks at a process; throws when it is gone. */
export function sampleProcess(pid: number, atSeconds: number): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return {
    atSeconds,
    anonymousKb: field('RssAnon'),
    threads: field('Threads'),
    files: filesOf(pid),
    cpuMs: cpuMsOf(pid),
  }
}

/** Open files of a process by kind. */
export function filesOf(pid: number): Record<string, number> {
  const kinds = new Map<string, number>()
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${name}`)
    if (kind !== null) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return Object.fromEntries([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** How many there are of all kinds. */
export function countFiles(files: Sample['files']): number {
  return Object.values(files).reduce((sum, count) => sum + count, 0)
}

/** Null for what was closed while the list was read. */
function kindOf(link: string): string | null {
  try {
    return readlinkSync(link).replace(/:\[\d+\]$/, '')
  } catch {
    return null
  }
}
