/** Files and folders that the command line names. */

import { isAbsolute, resolve } from 'node:path'
import type { CliIo } from './io.ts'

/** What a path of the command line depends on. */
export type Caller = Pick<CliIo, 'cwd' | 'env'>

/** Scripts of package.json that hand the caller's arguments to `main.ts`. */
const ownScripts: ReadonlySet<string | undefined> = new Set(['start', 'hello', 'signet'])

/**
 * The folder that relative paths are seen from, absolute: where the command was called. npm runs a script in the checkout,
 * whatever folder it is called from, and tells of that one in INIT_CWD. A script of somebody else's package means its own.
 */
export function callersFolder({ cwd, env }: Caller): string {
  const isOwn = env['npm_package_name'] === 'signet-xmpp' && ownScripts.has(env['npm_lifecycle_event'])
  const called = env['INIT_CWD']
  return isOwn && called !== undefined && isAbsolute(called) ? called : cwd
}

/** A path that was given on the command line, absolute. */
export function givenPath(path: string, caller: Caller): string {
  return resolve(callersFolder(caller), path)
}
