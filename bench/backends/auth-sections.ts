/** What a configuration says for each backend that takes part. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { directory as tree } from '../../test/support/slapd.ts'
import type { Services } from './service.ts'

/** By what they are called in the table, `pki` first. Their files go to `folder`. */
export async function authSections({ ports, tls }: Services, folder: string): Promise<[name: string, toml: string][]> {
  const at = (name: string): string => join(folder, name)
  await writeFile(at('service-ca.pem'), tls.ca)
  await writeFile(at('service-client.pem'), `${tls.cert}${tls.key}`, { mode: 0o600 })
  await writeFile(at('service.secret'), 'x'.repeat(40), { mode: 0o600 })
  const shown = `connection.tls.cacertfile = "${at('service-ca.pem')}"
  connection.tls.certfile = "${at('service-client.pem')}"`
  const auth = (method: string): string => `[auth]
  methods = ["${method}"]
  sasl_mechanisms = ["external"]
`
  const http = (asked: string, place = ''): string => `${auth('http')}[auth.http]
${asked}
[outgoing_pools.http.auth]
  workers = 10
  ${place}
  ${shown}
`
  return [
    ['pki', auth('pki')],
    [
      'http, over mTLS',
      http(
        '  basic_auth = "signet:secret"\n  evidence = ["certificate"]',
        `connection.host = "https://127.0.0.1:${ports.http}"\n  connection.path_prefix = "/"`,
      ),
    ],
    [
      'http in JSON, over mTLS',
      http(
        `  api = "json"\n  url = "https://127.0.0.1:${ports.http}/judge"\n  secret_file = "${at('service.secret')}"`,
      ),
    ],
    [
      'ldap, over LDAPS',
      `${auth('ldap')}
[auth.ldap]
  base = "ou=people,${tree.suffix}"
  certificate_match = "exact"
[outgoing_pools.ldap.default]
  workers = 10
[outgoing_pools.ldap.default.connection]
  servers = ["127.0.0.1"]
  port = ${ports.ldaps}
  tls.cacertfile = "${at('service-ca.pem')}"
`,
    ],
  ]
}
