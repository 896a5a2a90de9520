/**
 * Whether the process may open another connection's file. Out of descriptors, libuv closes connections without a word, and
 * every other part of the process fails: so the listener refuses first, and says so.
 */

import { readdirSync, readFileSync } from 'node:fs'

/** Counts what is open. */
export interface FileRoom {
  /** Null when there is room for one more, else why not, in words. Each null takes one place. */
  take(): string | null
}

/** What the system says of this process: descriptors open, and how many there may be. Null where it says nothing. */
export type CountFiles = () => { readonly open: number; readonly limit: number } | null

/** Descriptors kept for everything but clients: stores, logs, backends, files of a reload. */
export const reservedFiles = 16

/** Of the free descriptors, one listener takes at most one of so many before it counts again. */
const shareOfFree = 4

/** With less than one of so many descriptors free nobody is let in: counting takes the longer the more are open. */
const shareOfLimit = 64

/** Between two counts that find nothing free, milliseconds. */
const recountMs = 100

/** Room as `count` tells; `now` counts milliseconds from anywhere. */
export function createFileRoom(
  count: CountFiles = countOwnFiles,
  now: () => number = () => performance.now(),
): FileRoom {
  let places = 0
  let full: string | null = null
  let countedAt = Number.NEGATIVE_INFINITY
  return {
    take: () => {
      if (places > 0) {
        places -= 1
        return null
      }
      if (full !== null && now() - countedAt < recountMs) return full
      countedAt = now()
      const files = count()
      // Where nobody counts, the limit of connections is the only one.
      if (files === null) return null
      const free = files.limit - files.open - reservedFiles
      full = free > Math.floor(files.limit / shareOfLimit) ? null : `open files (${files.limit}) used up`
      places = full === null ? Math.ceil(free / shareOfFree) - 1 : 0
      return full
    },
  }
}

/** Counts from `/proc` (Linux). */
function countOwnFiles(): ReturnType<CountFiles> {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    if (limit === undefined) return null
    return { open: readdirSync('/proc/self/fd').length, limit: Number(limit) }
  } catch {
    return null
  }
}
