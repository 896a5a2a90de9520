/** Reads files that a configuration names, with a limit on their size and a reason when it fails; says which can be written. */

import { accessSync, closeSync, constants, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fail, ok, type Result } from '../result.ts'

/** Largest file of any kind that is read at the start. */
export const maxFileBytes = 4 * 1024 * 1024

/** Why a file cannot be used, as the end of a sentence that begins with its name. */
export function fileFault(path: string): string | null {
  try {
    const stats = statSync(path)
    if (stats.isDirectory()) return 'is a folder, not a file'
    if (stats.size > maxFileBytes) return `is larger than ${maxFileBytes} bytes`
    accessSync(path, constants.R_OK)
    return null
  } catch (error) {
    return faultOf(error)
  }
}

/** The bytes of a file, or why they cannot be had. */
export function readBytes(path: string): Result<Uint8Array, string> {
  const fault = fileFault(path)
  if (fault !== null) return fail(fault)
  try {
    return ok(readFileSync(path))
  } catch (error) {
    return fail(faultOf(error))
  }
}

/** The text of a UTF-8 file, or why it cannot be had. */
export function readText(path: string): Result<string, string> {
  const bytes = readBytes(path)
  if (!bytes.ok) return bytes
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes.value))
  } catch {
    return fail('is not UTF-8 text')
  }
}

/** Whether people other than the owner and the group can read the file; false when it cannot be told. */
export function isReadableByOthers(path: string): boolean {
  try {
    return (statSync(path).mode & 0o004) !== 0
  } catch {
    return false
  }
}

/**
 * Why a file cannot be written, or made where there is none, with others beside it, as a sentence; null when it can.
 * `path` is absolute. The file is not opened: a process that has locks on it would lose them.
 */
export function writeFault(path: string): string | null {
  const folder = dirname(path)
  const inFolder = accessFault(folder, 'folder')
  if (inFolder !== null) return `the folder ${folder} ${inFolder}`
  const onFile = accessFault(path, 'file')
  return onFile === null || onFile === absent ? null : `${path} ${onFile}`
}

/** The name of a file, there or not, with links followed as far as there is something; `path` itself where nothing is. */
export function realPath(path: string): string {
  for (const known of [path, dirname(path)]) {
    try {
      return join(realpathSync(known), relative(known, path))
    } catch {
      // Not there: perhaps the folder is.
    }
  }
  return path
}

/** The first bytes of a file, fewer where it is shorter; null when it is none (to open a pipe is to wait), or cannot be read. */
export function readHead(path: string, bytes: number): Uint8Array | null {
  try {
    if (!statSync(path).isFile()) return null
    const file = openSync(path, 'r')
    try {
      const head = Buffer.alloc(bytes)
      return head.subarray(0, readSync(file, head, 0, bytes, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}

const absent = 'does not exist'

/** Why there is no reading and writing there. */
function accessFault(path: string, kind: 'file' | 'folder'): string | null {
  try {
    const stats = statSync(path)
    if (kind === 'folder' && !stats.isDirectory()) return 'is no folder'
    if (kind === 'file' && !stats.isFile()) return stats.isDirectory() ? 'is a folder, not a file' : 'is no file'
    accessSync(path, constants.W_OK | (kind === 'folder' ? constants.X_OK : constants.R_OK))
    return null
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EROFS') return 'is on a file system that can only be read'
    if (code === 'EACCES' || code === 'EPERM') return 'cannot be written by this user (permission denied)'
    return code === 'ENOENT' || code === 'ENOTDIR' ? absent : `cannot be written (${code})`
  }
}

function codeOf(error: unknown): string {
  return String(error instanceof Error && 'code' in error ? error.code : undefined)
}

/** The same, of an error that the system made. */
export function faultOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return absent
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read by this user (permission denied)'
  return `cannot be read (${code})`
}
