/** Reads files that a configuration names, with a limit on their size and a reason when it fails. */

import { accessSync, constants, readFileSync, statSync } from 'node:fs'
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

function faultOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM') return 'cannot be read by this user (permission denied)'
  return `cannot be read (${String(code)})`
}
