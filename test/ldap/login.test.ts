/** Logins on the wire that a directory decides: by certificate, by password, and while it is away. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { explain } from '../../src/explain.ts'
import { skipWithout } from '../clients/debian.ts'
import { onBothDoors, tlsOf } from '../stream/both-doors.ts'
import { loginPlain } from '../support/password-login.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, startServer, type TestServer } from '../support/server.ts'
import { type Slapd, startSlapd } from '../support/slapd.ts'
import { mechanismsOf, openClient, readError } from '../support/xmpp-client.ts'
import { createPeople, ldapOptions, ldifOf, poolOptions } from './people.ts'

const domain = 'example.org'
/** More than the pool waits for one answer, twice: a password is a search and a bind. */
const patienceMs = 6_000

describe('logins', { skip: skipWithout(['slapd']) }, () => {
  let catalogue: Catalogue
  let slapd: Slapd
  let server: TestServer
  before(async () => {
    catalogue = createCatalogue(domain)
    slapd = await startSlapd({ ldif: ldifOf({ ...createPeople(), alice: catalogue.get('one').leaf }) })
    server = await serverWith('certificate_match = "exact"')
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await slapd[Symbol.asyncDispose]()
  })

  const serverWith = (toml: string, methods: readonly string[] = ['ldap'], tags = ['default', 'bind']) => {
    const pool = poolOptions([slapd.host], slapd.port)
    return startServer({
      catalogue,
      auth: { methods, mechanisms: ['external', 'plain'], ldap: ldapOptions(toml) },
      pools: { ldap: new Map(tags.map((tag) => [tag, pool])) },
    })
  }

  /** Logs in with a certificate of the catalogue: the JID, or the condition with the reason and what `ldap` said. */
  async function external(on: TestServer, door: Door, name: CatalogueName): Promise<string> {
    const { client } = await openClient({ port: on.portOf(door), door, domain, tls: tlsOf(catalogue.get(name)) })
    const answer = await client.auth('equals')
    const [decision] = on.decisionsOf(client)
    const result = answer.name === 'success' ? await client.bind(domain) : readError(answer).condition
    client.destroy()
    const code = decision?.outcome.kind === 'deny' ? ` ${decision.outcome.code}` : ''
    const asked = decision?.backends.map(({ backend, verdict }) => `${backend}:${verdict}`).join(' ')
    return `${result.split('/')[0]}${code} (${asked})`
  }

  test('by certificate, on both doors', async () => {
    for (const door of ['starttls', 'direct'] as const) {
      assert.equal(await external(server, door, 'one'), 'alice@example.org (ldap:allow)')
      assert.equal(
        await external(server, door, 'duplicate-address'),
        'not-authorized directory-certificate-mismatch (ldap:deny)',
      )
    }
  })

  test('shows in metrics as a pool with a connection', async () => {
    const { text } = await server.app.metrics.scrape()
    assert.match(text, /^signet_pool_connections\{pool="ldap\.default",server="[^"]+"\} 1$/m)
    assert.match(text, /^signet_backend_verdicts_total\{backend="ldap",verdict="deny"\} [1-9]/m)
  })

  test('explain asks the same directory, and says how long it took', async () => {
    const [listener] = server.options.c2s
    assert.ok(listener !== undefined)
    const query = { authzid: null, domain, listener, options: server.options, now: Date.now() }
    for (const [name, verdict] of [
      ['one', 'allow'],
      ['duplicate-address', 'deny'],
    ] as const) {
      const said = await explain({ ...query, pem: catalogue.get(name).chainPem })
      assert.ok(said.ok)
      const [step, ...more] = said.value.decision.backends
      assert.deepEqual([step?.backend, step?.verdict, more], ['ldap', verdict, []])
      assert.ok(step !== undefined && step.tookMs > 0)
    }
  })

  test('a disabled account', async () => {
    await using strict = await serverWith('enabled_filter = "(employeeType=guest)"')
    assert.equal(await external(strict, 'direct', 'one'), 'account-disabled account-disabled (ldap:deny)')
  })

  test('whom the directory does not know the next method may know; whom it refuses, it may not', async () => {
    await using unknown = await serverWith('filter = "(uid=bob)"', ['ldap', 'pki'])
    assert.equal(await external(unknown, 'direct', 'one'), 'alice@example.org (ldap:unknown pki:allow)')
    await using refused = await serverWith(
      'local_filter = { operation = "equal", attribute = "sn", values = ["Other"] }',
      ['ldap', 'pki'],
    )
    assert.equal(await external(refused, 'direct', 'one'), 'not-authorized directory-filtered (ldap:deny)')
    await using alone = await serverWith('filter = "(uid=bob)"')
    assert.equal(await external(alone, 'direct', 'one'), 'not-authorized account-unknown (ldap:unknown)')
  })

  onBothDoors('PLAIN is a bind as the entry', async (door) => {
    const logIn = async (username: string, password: string) => {
      const { client } = await openClient({ port: server.portOf(door), door, domain })
      const answer = await loginPlain(client, username, password)
      const [decision] = server.decisionsOf(client)
      client.destroy()
      if (answer.name === 'success') return 'success'
      const { condition, text } = readError(answer)
      return `${condition} ${decision?.outcome.kind === 'deny' ? decision.outcome.code : ''}: ${text?.split(' (')[0]}`
    }
    const refusal = 'the user name or the password is wrong'
    assert.equal(await logIn('alice', 'wonder land'), 'success')
    assert.equal(await logIn('ALICE', 'wonder land'), 'success')
    assert.equal(await logIn('alice', 'wonderland'), `not-authorized password-wrong: ${refusal}`)
    assert.equal(await logIn('nobody', 'x'), `not-authorized account-unknown: ${refusal}`)
    assert.equal(await logIn('*', 'wonder land'), `not-authorized account-unknown: ${refusal}`)
  })

  test('no password is asked for where none can be tried', async () => {
    await using certificatesOnly = await serverWith('', ['ldap'], ['default'])
    const port = certificatesOnly.portOf('direct')
    const bare = await openClient({ port, door: 'direct', domain })
    assert.equal(mechanismsOf(bare.features), null)
    bare.client.destroy()
    const certified = await openClient({ port, door: 'direct', domain, tls: tlsOf(catalogue.get('one')) })
    assert.deepEqual(mechanismsOf(certified.features), ['EXTERNAL'])
    certified.client.destroy()
  })

  test('the directory goes away and comes back', async () => {
    await using both = await serverWith('', ['ldap', 'pki'])
    assert.equal(await external(both, 'direct', 'one'), 'alice@example.org (ldap:allow)')
    await slapd.kill()
    assert.equal(
      await external(both, 'direct', 'one'),
      'temporary-auth-failure backend-unavailable (ldap:unavailable)',
      'the next method is not asked',
    )
    await slapd.restart()
    assert.equal(await external(both, 'direct', 'one'), 'alice@example.org (ldap:allow)')
  })

  test('killed in the middle of logins: nobody gets in wrongly, nobody waits, sessions stay, and it goes on by itself', async () => {
    await using both = await serverWith('certificate_match = "exact"', ['ldap', 'pki'])
    const port = both.portOf('direct')
    const own = await openClient({ port, door: 'direct', domain, tls: tlsOf(catalogue.get('one')) })
    using session = own.client
    assert.equal((await session.auth('equals')).name, 'success')
    await session.bind(domain)
    const seen = new Set<string>()
    let isOver = false
    const visitor = async (visit: () => Promise<string>): Promise<void> => {
      while (!isOver) {
        const started = performance.now()
        seen.add(await visit())
        assert.ok(performance.now() - started < patienceMs, 'somebody waited too long')
      }
    }
    const password = async (text: string): Promise<string> => {
      const { client } = await openClient({ port, door: 'direct', domain })
      const answer = await loginPlain(client, 'alice', text)
      client.destroy()
      return `${text}: ${answer.name === 'success' ? 'success' : readError(answer).condition}`
    }
    const visitors = [
      visitor(() => external(both, 'direct', 'one')),
      visitor(() => external(both, 'starttls', 'duplicate-address')),
      visitor(() => password('wonder land')),
      visitor(() => password('wonderland')),
    ]
    await both.log.until('login_decision_made', ({ remote }) => remote !== session.local)
    await slapd.kill()
    await both.log.until('login_decision_made', (fields) =>
      JSON.stringify(fields['outcome']).includes('"backend-unavailable"'),
    )
    session.send(`<iq type='get' id='p' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    assert.equal((await session.element('iq')).attrs['id'], 'p')
    isOver = true
    await Promise.all(visitors)
    await slapd.restart()
    assert.equal(await external(both, 'direct', 'one'), 'alice@example.org (ldap:allow)')
    assert.equal(await password('wonderland'), 'wonderland: not-authorized')
    const allowed = [
      'alice@example.org (ldap:allow)',
      'not-authorized directory-certificate-mismatch (ldap:deny)',
      'temporary-auth-failure backend-unavailable (ldap:unavailable)',
      'wonder land: success',
      'wonder land: temporary-auth-failure',
      'wonderland: not-authorized',
      'wonderland: temporary-auth-failure',
    ]
    assert.deepEqual(
      [...seen].filter((outcome) => !allowed.includes(outcome)),
      [],
    )
    assert.ok(seen.has('temporary-auth-failure backend-unavailable (ldap:unavailable)'))
  })
})
