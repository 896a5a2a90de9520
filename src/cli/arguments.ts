/** Command-line arguments: parsed by node, refused with a sentence. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { nearest } from '../config/nearest.ts'
import { fail, ok, type Result } from '../result.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>

/** Parses `args` strictly against `options`, positionals allowed; the error is the sentence to print. */
export function readArguments<const T extends Options>(args: readonly string[], options: T): Result<Parsed<T>, string> {
  const unknown = unknownOption(args, options)
  if (unknown !== null) return fail(unknown)
  try {
    return ok(parseArgs({ args: [...args], options, allowPositionals: true }))
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause))
  }
}

/** The sentence about the first option that there is not, with the one that was meant; null when there are all. */
function unknownOption(args: readonly string[], options: Options): string | null {
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true })
  const unknown = tokens.find((token) => token.kind === 'option' && !Object.hasOwn(options, token.name))
  if (unknown?.kind !== 'option') return null
  const names = Object.keys(options)
  const meant = nearest(unknown.name, names)
  const all = names.map((name) => `--${name}`).join(', ')
  return `there is no option '${unknown.rawName}'; ${meant === null ? `there are ${all}` : `did you mean --${meant}?`}`
}
