/** Start-up check that somebody can log in, and what it goes by: the mechanisms that clients are offered. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { evidenceBy, mechanismNames } from '../../src/auth/mechanism-options.ts'
import type { Channel, Peer } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { composeMechanisms } from '../../src/compose.ts'
import { type InForce, inForce, offeredFor } from '../../src/in-force.ts'
import { admit, admittedMechanisms, certificatePolicies } from '../../src/sasl/certificate-policy.ts'
import { issue } from '../support/pki/certificate.ts'
import { bindPool, check, database, exact, pool, withHosts } from './login-lines.ts'
import { createFolder, goodConfig, goodTls, loadIn } from './support.ts'

describe('nobody can log in', () => {
  const auth = (lines: string, listener = '') => `${goodConfig(listener)}[auth]\n${lines}`
  check([
    [
      'passwords, and a directory without a pool to try them on',
      auth(`methods = ["ldap"]\nsasl_mechanisms = ["scram_sha256", "plain"]\n${exact}${pool}`),
      [
        'error 10:19 conflict auth.sasl_mechanisms: names "scram_sha256", "plain", and no method of `auth.methods` ("ldap") ' +
          'judges SCRAM proofs or passwords, so nobody can log in; "ldap" judges passwords where there is ' +
          '`[outgoing_pools.ldap.bind]`',
      ],
    ],
    [
      'passwords, and a directory with one',
      auth(`methods = ["ldap"]\nsasl_mechanisms = ["plain"]\n${exact}${pool}${bindPool}`),
      [],
    ],
    [
      'certificates, and a database of passwords',
      auth(`methods = ["rdbms"]\nsasl_mechanisms = ["external"]\n${database}`),
      [
        'error 10:19 conflict auth.sasl_mechanisms: names "external", and no method of `auth.methods` ("rdbms") judges ' +
          'certificates, so nobody can log in; add a mechanism for what they judge, or a method',
      ],
    ],
    [
      'certificates beside passwords, and a database of passwords',
      auth(`methods = ["rdbms"]\nsasl_mechanisms = ["external", "plain"]\n${database}`),
      [
        'warning 10:19 conflict auth.sasl_mechanisms: names "external", which nobody is offered: no method of `auth.methods` ' +
          'judges certificates',
      ],
    ],
    [
      'certificates, and a listener that asks for none',
      auth('methods = ["pki"]\n', 'certificate_policy = "disable"\n'),
      [
        'error 8:22 conflict listen.c2s.certificate_policy: is "disable", and `auth.sasl_mechanisms` and `auth.methods` ' +
          '("pki") leave only "external", so nobody can log in; change that, or add passwords',
      ],
    ],
    [
      'certificates, and a host that does not look at them',
      `${withHosts('', '')}[[host_config]]\nhost = "example.org"\ncertificate_policy = "disable"\n`,
      [
        'warning 10:22 conflict host_config.certificate_policy: is "disable", and `auth.sasl_mechanisms` and `auth.methods` ' +
          '("pki") leave only "external", so nobody can log in to example.org; change that, or add passwords',
      ],
    ],
    [
      'certificates, and verify_mode',
      goodConfig('tls.verify_mode = "none"\n'),
      [
        'error 8:19 conflict listen.c2s.tls.verify_mode: is "none", and `auth.sasl_mechanisms` and `auth.methods` ("pki") ' +
          'leave only "external", so nobody can log in; change that, or add passwords',
      ],
    ],
    [
      'a certificate is a must, and there are passwords only',
      auth(`methods = ["rdbms"]\nsasl_mechanisms = ["plain"]\n${database}`, 'certificate_policy = "mandatory"\n'),
      [
        'error 8:22 conflict listen.c2s.certificate_policy: is "mandatory", and `auth.sasl_mechanisms` and `auth.methods` ' +
          '("rdbms") leave only "plain", which brings no certificate, so nobody can log in; add a method that judges ' +
          'certificates, and "external", or take another policy',
      ],
    ],
    [
      'a certificate is a must for a host, and the listener asks for none',
      auth(
        `methods = ["pki", "rdbms"]\n${database}[[host_config]]\nhost = "localhost"\ncertificate_policy = "mandatory"\n`,
        'certificate_policy = "disable"\n',
      ),
      [
        'error 16:22 conflict host_config.certificate_policy: is "mandatory", and c2s 0.0.0.0:5222 asks for no certificate, ' +
          'so nobody can log in; take another policy, or have that port ask for certificates',
      ],
    ],
    [
      'a listener leaves the wrong method',
      auth(
        `methods = ["pki", "rdbms"]\nsasl_mechanisms = ["external"]\n${database}`,
        'allowed_auth_methods = ["rdbms"]\n',
      ),
      [
        'error 8:24 conflict listen.c2s.allowed_auth_methods: leaves "rdbms", and `auth.sasl_mechanisms` ("external") needs a ' +
          'method that judges certificates, so nobody can log in; allow one that does',
      ],
    ],
    [
      'no mechanism goes with what is stored',
      auth(`methods = ["rdbms"]\nsasl_mechanisms = ["scram_sha512"]\npassword.hash = ["sha"]\n${database}`),
      [
        'error 10:19 conflict auth.sasl_mechanisms: names none that can work, so nobody can log in; add one whose hash ' +
          '`auth.password.hash` stores',
        'warning 10:19 conflict auth.sasl_mechanisms: names "scram_sha512", which cannot work: `auth.password.hash` does not ' +
          'store what they need',
      ],
    ],
    [
      'HTTP behind a proxy that forwards no certificates',
      '[general]\nhosts = ["localhost"]\n[[listen.http]]\nip_address = "127.0.0.1"\ntrusted_proxies = ["127.0.0.1"]\n' +
        'forwarded_address = "x-forwarded-for"\n[[listen.http.handlers.mongoose_bosh_handler]]\n',
      [
        'error 3:10 conflict listen.http: has neither TLS of its own nor `forwarded_certificate`, and `auth.sasl_mechanisms` ' +
          'and `auth.methods` ("pki") leave only "external", so nobody can log in; change that, or add passwords',
      ],
    ],
    [
      'nothing is said twice of two listeners',
      `${goodConfig()}[[listen.c2s]]\nport = 5223\n${goodTls}[auth]\nmethods = ["rdbms"]\nsasl_mechanisms = ["external"]\n${database}`,
      [
        'error 15:19 conflict auth.sasl_mechanisms: names "external", and no method of `auth.methods` ("rdbms") judges ' +
          'certificates, so nobody can log in; add a mechanism for what they judge, or a method',
      ],
    ],
    [
      'nothing is made of methods that are none',
      auth('methods = ["oauth"]\nsasl_mechanisms = ["plain"]\n'),
      ['error 9:12 bad-value auth.methods: must be one of "http", "ldap", "pki", "rdbms", not "oauth"'],
    ],
    [
      'nor of pools that are none',
      auth('methods = ["ldap"]\nsasl_mechanisms = ["plain"]\nldap.base = "dc=x"\n[outgoing_pools]\nldap = 1\n'),
      ['error 13:8 bad-value outgoing_pools.ldap: must be a section, written `[outgoing_pools.ldap]`, not 1'],
    ],
    [
      'a port that takes no logins does not matter',
      `[general]\nhosts = ["localhost"]\n[[listen.http]]\nip_address = "127.0.0.1"\n[[listen.http.handlers.signet_metrics_handler]]\n`,
      [],
    ],
  ])
})

describe('the mechanisms of a port and host are those that its streams offer', () => {
  using folder = createFolder()
  const loaded = loadIn(folder, `${goodConfig()}[auth]\nmethods = ["pki", "rdbms"]\n${database}`)
  assert.ok(loaded.ok)
  const { options } = loaded.value
  const [listener] = options.c2s
  assert.ok(listener !== undefined)
  const certificate = parseCertificate(issue(folder.authority, { cn: 'alice' }).der)
  assert.ok(certificate.ok)
  const peers: readonly Peer[] = [
    { kind: 'none' },
    { kind: 'certificate', certificate: certificate.value, chain: { kind: 'trusted', chain: [] } },
  ]
  const channels = peers.map(
    (peer): Channel => ({
      ...{ transport: 'tcp', remote: '', tls: { version: '', cipher: '', resumed: false, serverName: null }, peer },
      bindings: { data: () => new Uint8Array(32) },
    }),
  )

  /** Names on offer to some of the clients, by the code that streams run. */
  const onOffer = (terms: InForce): readonly string[] => {
    const all = composeMechanisms(terms.auth)
    const offers = channels.flatMap((channel) => {
      const admission = admit(terms.certificates, channel)
      if (admission.refusal !== null) return []
      const context = { channel, domain: terms.domain, verifyMode: admission.verifyMode }
      return admittedMechanisms(all, admission).filter((mechanism) => mechanism.refusal(context) === null)
    })
    return all.filter((mechanism) => offers.includes(mechanism)).map(({ name }) => configName(name))
  }
  // SCRAM-SHA-256-PLUS is scram_sha256_plus.
  const configName = (name: string) => name.toLowerCase().replace('sha-', 'sha').replaceAll('-', '_')

  for (const policy of certificatePolicies) {
    for (const verifyMode of ['none', 'peer', 'selfsigned_peer'] as const) {
      for (const disconnectOnFailure of [true, false]) {
        test(`${policy}, ${verifyMode}, disconnect_on_failure = ${disconnectOnFailure}`, () => {
          const terms = inForce(options, listener, 'localhost')
          const changed = { ...terms, certificates: { policy, verifyMode, disconnectOnFailure } }
          assert.deepEqual(offeredFor(changed, options.pools), onOffer(changed))
        })
      }
    }
  }

  test('each brings what the backends are asked for', () => {
    const { auth } = inForce(options, listener, 'localhost')
    const mechanisms = composeMechanisms({ ...auth, mechanisms: mechanismNames })
    assert.deepEqual(
      mechanisms.map(({ evidence }) => evidence),
      mechanismNames.map(evidenceBy),
    )
  })
})
