/** Command-line arguments: parsed by node, refused with a sentence. */

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { fail, ok, type Result } from '../result.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>>

/** Parses `args` strictly against `options`, positionals allowed; the error is the sentence to print. */
export function readArguments<const T extends Options>(args: readonly string[], options: T): Result<Parsed<T>, string> {
  try {
    return ok(parseArgs({ args: [...args], options, allowPositionals: true }))
  } catch (cause) {
    return fail(cause instanceof Error ? cause.message : String(cause))
  }
}
