/**
 * Inputs that failed once, kept for ever: `vectors/<target>/<name>.hex`, hexadecimal with white space anywhere, and lines
 * that begin with `#` to say what was wrong.
 */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One kept input. */
export interface Vector {
  readonly name: string
  readonly input: Uint8Array
}

const folder = join(import.meta.dirname, 'vectors')
const lineChars = 100

/** The kept inputs of a target, by name. */
export function readVectors(target: string, root: string = folder): readonly Vector[] {
  const home = join(root, target)
  if (!existsSync(home)) return []
  const names = readdirSync(home).filter((name) => name.endsWith('.hex'))
  return names.sort().map((name) => ({ name, input: parseVector(readFileSync(join(home, name), 'utf8'), name) }))
}

/** Keeps an input; returns the file's name. One that is kept already is not written again. */
export function writeVector(target: string, input: Uint8Array, why: string, root: string = folder): string {
  const home = join(root, target)
  mkdirSync(home, { recursive: true })
  const name = `${createHash('sha256').update(input).digest('hex').slice(0, 12)}.hex`
  const path = join(home, name)
  if (!existsSync(path)) writeFileSync(path, formatVector(input, why))
  return path
}

function formatVector(input: Uint8Array, why: string): string {
  const lines =
    Buffer.from(input)
      .toString('hex')
      .match(new RegExp(`.{1,${lineChars}}`, 'g')) ?? []
  return `# ${why.replaceAll(/\s+/g, ' ')}\n${lines.join('\n')}\n`
}

function parseVector(text: string, name: string): Uint8Array {
  const hex = text.replaceAll(/^#.*$/gm, '').replaceAll(/\s+/g, '')
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new TypeError(`${name} is no vector`)
  return Buffer.from(hex, 'hex')
}
