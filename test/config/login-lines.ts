/** What tests of who can log in share: pieces of configurations, and findings as whole lines. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { loadCheckedOptions } from '../../src/lint.ts'
import { createFolder, errorsOf, goodConfig, sourceIn, warningsOf } from './support.ts'

const folder = createFolder()
after(() => folder[Symbol.dispose]())

/** Every finding of the text but those that go without saying: `error 3:4 rule option: message`. */
function findings(text: string): readonly string[] {
  const result = loadCheckedOptions(sourceIn(folder, text), Date.now())
  return [...errorsOf(result), ...warningsOf(result)]
    .filter(({ rule, path }) => rule !== 'assumed' && !path.endsWith('.cacertfile'))
    .map(
      ({ severity, line, column, rule, path, message }) => `${severity} ${line}:${column} ${rule} ${path}: ${message}`,
    )
}

/** Two hosts; `listener` are further lines of their listener, from line 8 on. */
export function withHosts(listener: string, rest: string): string {
  return goodConfig(listener).replace('["localhost"]', '["localhost", "example.org"]') + rest
}

/** The directory that is searched. */
export const pool = '[outgoing_pools.ldap.default.connection]\nservers = ["localhost"]\n'

/** It holds the certificates. */
export const exact = '[auth.ldap]\nbase = "dc=x"\ncertificate_match = "exact"\n'

/** It says whose a certificate is. */
export const naming = '[auth.ldap]\nbase = "dc=x"\ncertificate_filter = "(mail=%{email})"\njid_attribute = "uid"\n'

/** A database of passwords. */
export const database = '[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "x.sqlite"\n'

/** Where the directory tries passwords. */
export const bindPool = '[outgoing_pools.ldap.bind.connection]\nservers = ["localhost"]\n'

/** A host with `pki` of its own. */
export const pkiHost = '[[host_config]]\nhost = "example.org"\nauth.methods = ["pki"]\n'

/** The one host with a directory of its own, of these options. */
export const ldapHost = (lines: string) =>
  `${pool}[[host_config]]\nhost = "localhost"\n[host_config.auth]\nmethods = ["ldap"]\n${lines.replace('[auth.', '[host_config.auth.')}`

/** A configuration, and every finding about it. */
export type Row = readonly [what: string, text: string, expected: readonly string[]]

/** Makes a test of each row. */
export function check(rows: readonly Row[]): void {
  for (const [what, text, expected] of rows) test(what, () => assert.deepEqual(findings(text), expected))
}
