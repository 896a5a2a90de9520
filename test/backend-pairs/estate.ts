/** Real services for pairs of backends: a slapd, an HTTP service and a table, each of which can be taken away and given back. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import type { HttpPoolOptions } from '../../src/auth/backends/http/pool-options.ts'
import type { LdapPoolOptions } from '../../src/auth/backends/ldap/pool-options.ts'
import type { RdbmsPoolOptions } from '../../src/auth/backends/rdbms/options.ts'
import type { PoolOptions } from '../../src/pool-options.ts'
import { databasePassword, databaseUser, postgres, startDatabase } from '../databases/server.ts'
import { type Seen, startService, type TestService } from '../http-backend/service.ts'
import { poolOptions } from '../ldap/people.ts'
import { addAccounts, filePool } from '../support/accounts.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Certificate, issue } from '../support/pki/certificate.ts'
import { xmppAddr } from '../support/pki/names.ts'
import { directory, type Slapd, startSlapd } from '../support/slapd.ts'
import { type Backend, pairs, rowsOf, stateOf } from './states.ts'

/** The streams' domain. */
export const domain = 'example.org'

/** The password of every account that a backend lets in. */
export const password = 'padthai'

/** A service that can be away. */
export interface Outage {
  begin(): Promise<void>
  end(): Promise<void>
}

/** Everything around the server under test. Disposing of it ends what was started. */
export interface Estate extends AsyncDisposable {
  readonly catalogue: Catalogue
  /** Names every account of the table in an xmppAddr of its own. */
  readonly certificate: Certificate
  readonly pools: Partial<PoolOptions>
  readonly outages: Readonly<Partial<Record<Backend, Outage>>>
}

/** The accounts of all pairs. */
export const locals: readonly string[] = [
  ...new Set(pairs.flatMap(([first, second]) => rowsOf(first, second).map(({ local }) => local))),
]

/** Accounts that a backend knows; one that will be away would let everybody in. */
function knownTo(backend: Backend): readonly (readonly [local: string, isGood: boolean])[] {
  return locals.flatMap((local) => {
    const state = stateOf(local, backend)
    return state === null || state === 'unknown' ? [] : [[local, state !== 'deny'] as const]
  })
}

/** Where the accounts of `rdbms` are. Disposing of it ends the database. */
export interface EstateTable extends AsyncDisposable {
  readonly pool: RdbmsPoolOptions
  readonly outage: Outage
}

/** Starts everything else around a table. */
export async function startEstate(table: EstateTable): Promise<Estate> {
  const catalogue = createCatalogue(domain)
  const names = locals.map((local) => xmppAddr(`${local}@${domain}`))
  const certificate = issue(catalogue.root, { cn: 'many', san: names })
  const other = catalogue.get('bob').leaf
  const service = await startService(reactionWith(certificate, other))
  const slapd = await startSlapd({ ldif: ldifWith(certificate, other) })
  await fillTable(table.pool)
  return {
    catalogue,
    certificate,
    pools: { http: httpPool(service), ldap: ldapPools(slapd), rdbms: table.pool },
    outages: {
      http: { begin: service.kill, end: service.revive },
      ldap: { begin: () => slapd.kill(), end: slapd.restart },
      rdbms: table.outage,
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]()
      await slapd[Symbol.asyncDispose]()
      await table[Symbol.asyncDispose]()
    },
  }
}

function reactionWith(own: Certificate, other: Certificate) {
  return ({ url }: Seen) => {
    const state = stateOf(url.searchParams.get('user') ?? '', 'http')
    if (state === 'unknown' || state === null) return 404
    const isGood = state !== 'deny'
    switch (url.pathname) {
      case '/get_certs':
        return { status: 200, body: isGood ? own.pem : other.pem }
      case '/check_password':
        return { status: 200, body: String(isGood && url.searchParams.get('pass') === password) }
      case '/user_exists':
        return { status: 200, body: 'true' }
      default:
        return 500
    }
  }
}

function httpPool({ origin }: TestService): HttpPoolOptions {
  return { origin, pathPrefix: '/', workers: 4, requestTimeoutMs: 2_000, callTimeoutMs: 4_000, tls: null }
}

function ldapPools({ host, port }: Slapd): ReadonlyMap<string, LdapPoolOptions> {
  const pool = poolOptions([host], port)
  return new Map(['default', 'bind'].map((tag) => [tag, pool]))
}

function ldifWith(own: Certificate, other: Certificate): string {
  const { suffix } = directory
  const top = [
    `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`,
    `dn: ou=people,${suffix}\nobjectClass: organizationalUnit\nou: people\n`,
  ]
  const entries = knownTo('ldap').map(([local, isGood]) => {
    const lines = [
      ...[`dn: uid=${local},ou=people,${suffix}`, 'objectClass: inetOrgPerson'],
      ...[`uid: ${local}`, `cn: ${local}`, 'sn: Person'],
      `userPassword: ${isGood ? password : 'another'}`,
      `userCertificate;binary:: ${(isGood ? own : other).der.toString('base64')}`,
    ]
    return `${lines.join('\n')}\n`
  })
  return [...top, ...entries].join('\n')
}

/** Stored in clear: nothing here is about how passwords are kept. */
const plainPasswords = { format: 'plain', hashes: ['sha256'], iterations: 4096 } as const

function fillTable(pool: RdbmsPoolOptions): Promise<void> {
  const accounts = knownTo('rdbms').map(([local, isGood]) => [local, isGood ? password : 'another'] as const)
  return addAccounts(pool, domain, Object.fromEntries(accounts), plainPasswords)
}

/** A table in a file. When it is to be away, somebody puts one of another shape in its place. */
export function fileTable(): EstateTable {
  const folder = mkdtempSync(join(tmpdir(), 'signet-pairs-'))
  const pool = filePool(folder)
  const run = async (text: string): Promise<void> => {
    using database = new DatabaseSync(join(folder, 'accounts.sqlite'), { timeout: 1_000 })
    database.exec(text)
  }
  return {
    pool,
    outage: {
      begin: () => run('BEGIN; ALTER TABLE users RENAME TO away; CREATE TABLE users (other INTEGER); COMMIT'),
      end: () => run('BEGIN; DROP TABLE users; ALTER TABLE away RENAME TO users; COMMIT'),
    },
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A table in a PostgreSQL that is killed and started again. */
export async function postgresTable(): Promise<EstateTable> {
  const database = await startDatabase(postgres)
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port: database.home.port, database: 'postgres' },
    ...{ user: databaseUser, password: databasePassword },
  })
  await client.connect()
  for (const text of postgres.schema) await client.query(text)
  await client.end()
  return {
    pool: database.pool(),
    outage: { begin: database.kill, end: database.start },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
