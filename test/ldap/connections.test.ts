/** The ways to a directory: TLS that is checked, who we are there, and servers that are slow, silent or gone. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLdapBackend } from '../../src/auth/backends/ldap/backend.ts'
import { createLdapPool, type LdapPool } from '../../src/auth/backends/ldap/pool.ts'
import type { LdapPoolOptions, LdapTls } from '../../src/auth/backends/ldap/pool-options.ts'
import type { Claim, Verdict } from '../../src/auth/contract.ts'
import { skipWithout } from '../clients/debian.ts'
import { freePort } from '../support/free-port.ts'
import { createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { dns, ip } from '../support/pki/names.ts'
import { directory, type Slapd, startSlapd } from '../support/slapd.ts'
import {
  branchLdif,
  callFor,
  certificateClaim,
  createPeople,
  ldapOptions,
  ldifOf,
  passwordClaim,
  poolOptions,
  word,
} from './people.ts'
import { startProxy } from './tcp-proxy.ts'

const people = createPeople()
const alice = certificateClaim(people.alice, 'alice')
const nobody = certificateClaim(people.alice, 'nobody')
const simple = { kind: 'simple', dn: directory.rootDn, password: directory.rootPassword } as const

/** One verdict over a pool of its own. */
async function judgeOnce(options: LdapPoolOptions, claim: Claim = alice, toml = ''): Promise<Verdict> {
  await using search = createLdapPool(options)
  await using bind = createLdapPool({ ...options, identity: { kind: 'anonymous' } })
  await using backend = createLdapBackend(ldapOptions(toml), { search, bind })
  return await backend.judge(claim, callFor())
}

function whyOf(verdict: Verdict): string {
  return verdict.kind === 'unavailable' ? verdict.cause.message : word(verdict)
}

describe('TLS', { skip: skipWithout(['slapd']) }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-ldap-'))
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const root = createAuthority({ name: 'Server Root CA' })
  const ca = write('ca.pem', root.pem)
  const otherCa = write('other.pem', createAuthority({ name: 'Other CA' }).pem)
  const service = issue(root, { cn: 'signet service' })
  const identity = {
    certfile: write('service.pem', service.pem),
    keyfile: write('service.key', service.keyPem),
    password: null,
  }
  const tls = (start: LdapTls['start'], more: Partial<LdapTls> = {}): LdapTls => ({
    ...{
      start,
      verify: true,
      cacertfile: ca,
      identity: null,
      versions: ['tlsv1.2', 'tlsv1.3'],
      serverName: null,
      sendsName: true,
    },
    ...more,
  })
  let slapd: Slapd
  let misnamed: Slapd
  before(async () => {
    const server = issueServer(root, [dns('localhost'), ip(127, 0, 0, 1)], 'localhost')
    const elsewhere = issueServer(root, [dns('elsewhere.example')], 'elsewhere.example')
    const ldif = ldifOf(people)
    slapd = await startSlapd({ ldif, tls: { server, clientCa: root } })
    misnamed = await startSlapd({ ldif, tls: { server: elsewhere, clientCa: root } })
  })
  after(async () => {
    await slapd[Symbol.asyncDispose]()
    await misnamed[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })
  const at = (server: Slapd, options: LdapTls, more: Partial<LdapPoolOptions> = {}): LdapPoolOptions =>
    poolOptions([server.host], options.start === 'starttls' ? server.port : server.tlsPort, {
      tls: options,
      identity: simple,
      ...more,
    })

  for (const start of ['at-once', 'starttls'] as const) {
    test(`${start}: believed`, async () => {
      assert.equal(word(await judgeOnce(at(slapd, tls(start)))), 'allow')
      assert.equal(word(await judgeOnce(at(slapd, tls(start)), passwordClaim('alice', 'wonder land'))), 'allow')
      assert.equal(word(await judgeOnce(at(slapd, tls(start)), passwordClaim('alice', 'no'))), 'deny password-wrong')
    })

    test(`${start}: a CA that is not ours`, async () => {
      const identity = { ...simple, dn: `cn=${start},dc=never` }
      const verdict = await judgeOnce(at(slapd, tls(start, { cacertfile: otherCa }), { identity }))
      assert.match(
        whyOf(verdict),
        /^no server answers \(127\.0\.0\.1: unable to verify the first certificate|self-signed/,
      )
      await judgeOnce(at(slapd, tls(start)), certificateClaim(people.alice, `after-${start}`))
      await slapd.sawLine(`after-${start}`)
      assert.deepEqual(
        slapd.lines.filter((line) => line.includes(identity.dn)),
        [],
        'no password was sent',
      )
    })

    test(`${start}: another name`, async () => {
      const verdict = await judgeOnce(at(misnamed, tls(start)))
      assert.match(whyOf(verdict), /^no server answers \(127\.0\.0\.1: .*(?:altnames|IP)/)
      const named = at(misnamed, tls(start, { serverName: 'elsewhere.example' }))
      assert.equal(word(await judgeOnce(named)), 'allow')
    })

    test(`${start}: SASL EXTERNAL with our certificate`, async () => {
      const verdict = await judgeOnce(at(slapd, tls(start, { identity }), { identity: { kind: 'certificate' } }))
      assert.equal(word(verdict), 'allow')
      const binds = slapd.lines.filter((line) => line.includes('mech=EXTERNAL'))
      assert.match(binds.at(-1) ?? '', /BIND dn="cn=signet,ou=services,dc=example,dc=org" mech=EXTERNAL/)
    })

    test(`${start}: SASL EXTERNAL without a certificate`, async () => {
      const verdict = await judgeOnce(at(slapd, tls(start), { identity: { kind: 'certificate' } }))
      assert.match(whyOf(verdict), /^no server answers \(127\.0\.0\.1: who we are was refused: result code \d+/)
    })

    test(`${start}: a connection that was cut is made anew, with TLS`, async () => {
      await using proxy = await startProxy(start === 'starttls' ? slapd.port : slapd.tlsPort)
      await using search = createLdapPool(poolOptions(['127.0.0.1'], proxy.port, { tls: tls(start), identity: simple }))
      await using backend = createLdapBackend(ldapOptions(), { search, bind: null })
      for (let round = 1; round <= 3; round += 1) {
        assert.equal(word(await backend.judge(alice, callFor())), 'allow')
        assert.equal(proxy.accepted, round)
        proxy.cut()
      }
    })
  }

  test('a server that has no StartTLS is told no password', async () => {
    await using plain = await startSlapd({ ldif: ldifOf(people) })
    const verdict = await judgeOnce(at(plain, tls('starttls')))
    assert.match(whyOf(verdict), /^no server answers \(127\.0\.0\.1: StartTLS was refused \(result code \d+\)\)$/)
    assert.deepEqual(
      plain.lines.filter((line) => line.includes(' BIND ')),
      [],
    )
  })

  test('nothing in clear is taken behind the answer to StartTLS', async () => {
    const answer = Buffer.from('300c02010178070a010004000400', 'hex')
    const server = createServer((socket) => socket.once('data', () => socket.write(Buffer.concat([answer, answer]))))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    const verdict = await judgeOnce(poolOptions(['127.0.0.1'], address.port, { tls: tls('starttls') }))
    server.close()
    assert.match(whyOf(verdict), /something came in clear behind the answer to StartTLS/)
  })
})

describe('servers', { skip: skipWithout(['slapd']) }, () => {
  let first: Slapd
  let second: Slapd
  before(async () => {
    const ldif = ldifOf(people) + branchLdif
    first = await startSlapd({ ldif })
    second = await startSlapd({ ldif, host: '127.0.0.2', ports: { port: first.port, tlsPort: first.tlsPort } })
  })
  after(async () => {
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
  })
  const both = (more: Partial<LdapPoolOptions> = {}): LdapPoolOptions =>
    poolOptions([first.host, second.host], first.port, { identity: simple, ...more })

  test('many first questions at once share one connection', async () => {
    await using search = createLdapPool(both({ workers: 1 }))
    await using bind = createLdapPool(both({ workers: 1, identity: { kind: 'anonymous' } }))
    await using backend = createLdapBackend(ldapOptions(), { search, bind })
    const claims = Array.from({ length: 50 }, (_, index) =>
      index % 2 === 0 ? alice : passwordClaim('alice', 'wonder land'),
    )
    const words = await Promise.all(claims.map(async (claim) => word(await backend.judge(claim, callFor()))))
    assert.deepEqual(new Set(words), new Set(['allow']))
    assert.equal(search.health()[0]?.connections, 1)
  })

  test('a wrong password of our own is not an answer about anybody', async () => {
    const verdict = await judgeOnce(both({ identity: { ...simple, password: 'wrong' } }))
    assert.match(whyOf(verdict), /who we are was refused: result code 49.*; 127\.0\.0\.2: who we are was refused/)
  })

  test('a wrong password of our own is not tried again at once', async () => {
    const dn = 'cn=locked out,dc=example,dc=org'
    const options = poolOptions([first.host], first.port, { identity: { ...simple, dn }, asideMs: 60_000 })
    await using search = createLdapPool(options)
    await using backend = createLdapBackend(ldapOptions(), { search, bind: null })
    for (const claim of [alice, nobody, alice]) {
      assert.match(whyOf(await backend.judge(claim, callFor())), /who we are was refused: result code 49/)
    }
    await judgeOnce(both(), certificateClaim(people.alice, 'after-lockout'))
    await first.sawLine('after-lockout')
    assert.equal(first.lines.filter((line) => line.includes(`BIND dn="${dn}"`)).length, 1)
  })

  test('nobody listens', async () => {
    const verdict = await judgeOnce(poolOptions(['127.0.0.1'], await freePort()))
    assert.match(whyOf(verdict), /^no server answers \(127\.0\.0\.1: connect ECONNREFUSED/)
  })

  test('references to other servers', async () => {
    const base = `ou=groups,${directory.suffix}`
    for (const [references, expected] of [
      ['refuse', 'unavailable'],
      ['ignore', 'unknown'],
    ] as const) {
      await using search = createLdapPool(both())
      await using backend = createLdapBackend({ ...ldapOptions(), base, references }, { search, bind: null })
      assert.equal(word(await backend.judge(alice, callFor())), expected)
    }
  })

  test('one of two is killed in the middle of logins, then both, and both come back', async () => {
    await using search = createLdapPool(both())
    await using bind = createLdapPool(both({ identity: { kind: 'anonymous' } }))
    await using backend = createLdapBackend(ldapOptions(), { search, bind })
    const deadlineMs = 3_000
    const expected: readonly (readonly [Claim, string])[] = [
      [alice, 'allow'],
      [nobody, 'unknown'],
      [passwordClaim('alice', 'wonder land'), 'allow'],
      [passwordClaim('alice', 'wrong'), 'deny password-wrong'],
    ]
    const logIn = async ([claim, right]: readonly [Claim, string]) => {
      const started = performance.now()
      const found = word(await backend.judge(claim, callFor(deadlineMs)))
      return { found, right, ms: performance.now() - started }
    }
    const crowd = async (count: number, during: () => Promise<void>, words: readonly string[]) => {
      const results: Awaited<ReturnType<typeof logIn>>[] = []
      const walk = async () => {
        for (let round = 0; round < count; round += 1) {
          for (const pair of expected) results.push(await logIn(pair))
        }
      }
      await Promise.all([...Array.from({ length: 8 }, walk), during()])
      for (const { found, right, ms } of results) {
        assert.ok(found === right || words.includes(found), `${found} instead of ${right}`)
        assert.ok(ms < deadlineMs + 1_000, `${ms} ms`)
      }
      return results
    }
    await crowd(20, () => first.kill(), [])
    assert.equal(search.health()[0]?.connections, 0)
    assert.match(search.health()[0]?.fault ?? '', /./)
    const without = await crowd(5, () => second.kill(), ['unavailable'])
    assert.ok(without.some(({ found }) => found === 'unavailable'))
    assert.match(whyOf(await backend.judge(alice, callFor())), /^no server answers/)
    await second.restart()
    await crowd(5, () => first.restart(), [])
  })

  test('a server that says good-bye', async () => {
    await using search = createLdapPool(both())
    await using backend = createLdapBackend(ldapOptions(), { search, bind: null })
    assert.equal(word(await backend.judge(alice, callFor())), 'allow')
    await first.kill('SIGTERM')
    assert.equal(word(await backend.judge(alice, callFor())), 'allow')
    await first.restart()
  })

  test('a stuttering server is slow and right', async () => {
    await using proxy = await startProxy(first.port)
    proxy.mood = 'stutter'
    await using search = createLdapPool(poolOptions(['127.0.0.1'], proxy.port, { identity: simple }))
    await using backend = createLdapBackend(ldapOptions('certificate_match = "exact"'), { search, bind: null })
    const words = await Promise.all(
      [alice, nobody, alice].map(async (claim) => word(await backend.judge(claim, callFor()))),
    )
    assert.deepEqual(words, ['allow', 'unknown', 'allow'])
  })

  test('nobody waits for a silent server past the deadline, and it is left for another connection', async () => {
    await using proxy = await startProxy(first.port)
    await using search = createLdapPool(
      poolOptions(['127.0.0.1'], proxy.port, { identity: simple, callTimeoutMs: 300 }),
    )
    await using backend = createLdapBackend(ldapOptions(), { search, bind: null })
    assert.equal(word(await backend.judge(alice, callFor())), 'allow')
    proxy.mood = 'silent'
    for (const [ms, limit] of [
      [100, 100],
      [5_000, 300],
    ] as const) {
      const started = performance.now()
      const verdicts = await Promise.all([alice, nobody, alice].map((claim) => backend.judge(claim, callFor(ms))))
      const took = performance.now() - started
      assert.deepEqual(new Set(verdicts.map(word)), new Set(['unavailable']))
      assert.match(
        whyOf(verdicts[0] ?? { kind: 'unknown' }),
        /no answer of the directory within \d+ ms|timed out|no answer within/,
      )
      assert.ok(took >= limit - 5 && took < limit + 1_000, `${took} ms`)
    }
    proxy.mood = 'quick'
    assert.equal(word(await backend.judge(alice, callFor())), 'allow')
  })

  test('whoever waits for a connection to try a password on does not wait past the deadline', async () => {
    await using proxy = await startProxy(first.port)
    await using search = createLdapPool(both())
    await using bind = createLdapPool(poolOptions(['127.0.0.1'], proxy.port, { workers: 1 }))
    await using backend = createLdapBackend(ldapOptions(), { search, bind })
    const claim = passwordClaim('alice', 'wonder land')
    assert.equal(word(await backend.judge(claim, callFor())), 'allow')
    proxy.mood = 'silent'
    const started = performance.now()
    const words = await Promise.all([1, 2, 3].map(async () => word(await backend.judge(claim, callFor(200)))))
    assert.deepEqual(new Set(words), new Set(['unavailable']))
    assert.ok(performance.now() - started < 1_500)
  })

  test('a closed pool answers nobody', async () => {
    const search: LdapPool = createLdapPool(both())
    await using backend = createLdapBackend(ldapOptions(), { search, bind: null })
    assert.equal(word(await backend.judge(alice, callFor())), 'allow')
    await search[Symbol.asyncDispose]()
    assert.match(whyOf(await backend.judge(alice, callFor())), /the pool is closed/)
  })
})
