/** What the configuration tests share: a folder of good files, a good configuration, and findings as short lines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConfigProblem, ConfigSource, LoadedOptions, RefusedOptions } from '../../src/options.ts'
import { loadOptions } from '../../src/options.ts'
import type { Result } from '../../src/result.ts'
import { type Certificate, createAuthority, issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'

/** A folder with the files that a configuration names; removed when disposed. */
export interface Folder extends Disposable {
  readonly path: string
  readonly authority: Certificate
  readonly server: Certificate
  /** Writes a file and returns its absolute name. */
  write(name: string, text: string, mode?: number): string
}

/** A folder with `ca.pem`, and `server.pem` with `server.key` for localhost and example.org. */
export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'signet-config-'))
  const authority = createAuthority({})
  const server = issueServer(authority, [dns('localhost'), dns('example.org')], 'localhost')
  const write = (name: string, text: string, mode = 0o600): string => {
    writeFileSync(join(path, name), text, { mode })
    return join(path, name)
  }
  write('ca.pem', authority.pem)
  write('server.pem', server.pem)
  write('server.key', server.keyPem)
  return { path, authority, server, write, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

/** The TLS lines of a listener that is in order. */
export const goodTls = 'tls.certfile = "server.pem"\ntls.keyfile = "server.key"\ntls.cacertfile = "ca.pem"\n'

/** A configuration that is in order, with `extra` lines in its one listener. */
export function goodConfig(extra = ''): string {
  return `[general]\nhosts = ["localhost"]\n[[listen.c2s]]\nport = 5222\n${goodTls}${extra}`
}

/** Loads a text as if it stood in the folder. */
export function loadIn(folder: Folder, text: string): Result<LoadedOptions, RefusedOptions> {
  return loadOptions(sourceIn(folder, text))
}

/** A text as if it stood in the folder, in `signet.toml`. */
export function sourceIn(folder: Folder, text: string): ConfigSource {
  return { path: join(folder.path, 'signet.toml'), text }
}

/** Errors of a result, or nothing. */
export function errorsOf(result: Result<LoadedOptions, RefusedOptions>): readonly ConfigProblem[] {
  return result.ok ? [] : result.error.problems
}

/** Warnings of a result. */
export function warningsOf(result: Result<LoadedOptions, RefusedOptions>): readonly ConfigProblem[] {
  return result.ok ? result.value.warnings : result.error.warnings
}

/** A finding as `line:column rule path`. */
export function short({ line, column, rule, path }: ConfigProblem): string {
  return `${line}:${column} ${rule} ${path}`
}
