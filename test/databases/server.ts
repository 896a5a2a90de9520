/** Database servers of Debian, each with an empty folder and a free port of its own, run by an unprivileged user. */

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RdbmsPoolOptions, ServerConnection } from '../../src/auth/backends/rdbms/options.ts'
import { type Child, startChild } from '../clients/child.ts'
import { poolOf } from '../support/accounts.ts'
import { createAuthority, issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'

/** One kind of server. */
export interface DatabaseKind {
  readonly driver: ServerConnection['driver']
  /** MongooseIM's table, in the words of this database. */
  readonly schema: readonly string[]
  /** Fills an empty folder. */
  prepare(home: Home): void
  /** Command and arguments of the server, and the line that says it takes connections. */
  serve(home: Home): { readonly command: string; readonly args: readonly string[]; readonly ready: RegExp }
  /** Ends it as a fault would: without a word to anybody. */
  readonly killSignal: NodeJS.Signals
}

/** Where a server lives. */
export interface Home {
  readonly folder: string
  readonly data: string
  readonly port: number
  readonly secretFile: string
  /** PEM files of the server's certificate for `localhost`, and of its CA. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string }
  /** Runs a command to its end, as the server's user; throws what it says when it fails. */
  run(command: string, ...args: readonly string[]): void
}

/** A server that runs, or can be made to. */
export interface TestDatabase extends AsyncDisposable {
  readonly home: Home
  /** A pool on it; changes go into the connection. */
  pool(changes?: Partial<ServerConnection>): RdbmsPoolOptions
  kill(): Promise<void>
  start(): Promise<void>
}

/** Who we are to the server. */
export const databaseUser = 'signet'
export const databasePassword = "p'w"

/** Prepares and starts a server. */
export async function startDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const home = await makeHome()
  kind.prepare(home)
  let child: Child | null = null
  const start = async () => {
    const { command, args, ready } = kind.serve(home)
    child = startChild({ name: kind.driver, command, args, cwd: home.folder, ...ownerOf() })
    await child.line(ready, 30_000)
  }
  await start()
  const connection: ServerConnection = {
    ...{ driver: kind.driver, host: '127.0.0.1', port: home.port, database: 'postgres' },
    ...{ username: databaseUser, password: databasePassword, tls: null },
  }
  return {
    home,
    pool: (changes = {}) => poolOf({ ...connection, ...changes }),
    kill: async () => void (await child?.stop(kind.killSignal)),
    start,
    [Symbol.asyncDispose]: async () => {
      await child?.stop(kind.killSignal)
      rmSync(home.folder, { recursive: true, force: true })
    },
  }
}

const postgresBin = () => {
  const [version = ''] = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a))
  return join('/usr/lib/postgresql', version, 'bin')
}

/** PostgreSQL. */
export const postgres: DatabaseKind = {
  driver: 'pgsql',
  schema: [
    `CREATE TABLE users (username varchar(250), server varchar(250), "password" text NOT NULL, pass_details text,
     created_at TIMESTAMP NOT NULL DEFAULT now(), PRIMARY KEY (server, username))`,
  ],
  prepare: ({ run, data, secretFile }) => {
    const access = ['--auth=scram-sha-256', `--username=${databaseUser}`, `--pwfile=${secretFile}`]
    run(join(postgresBin(), 'initdb'), '-D', data, '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8', ...access)
  },
  serve: ({ data, folder, port, tls }) => ({
    command: join(postgresBin(), 'postgres'),
    args: [
      ...['-D', data, '-k', folder, '-h', '127.0.0.1', '-p', `${port}`, '-F'],
      ...['-c', 'ssl=on', '-c', `ssl_cert_file=${tls.cert}`, '-c', `ssl_key_file=${tls.key}`],
    ],
    ready: /database system is ready to accept connections/,
  }),
  killSignal: 'SIGQUIT',
}

/** MariaDB. */
export const mariadb: DatabaseKind = {
  driver: 'mysql',
  schema: [
    `CREATE TABLE users (username varchar(250) NOT NULL, server varchar(250) NOT NULL, password text NOT NULL,
     pass_details text, created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (server, username))
     CHARACTER SET utf8mb4`,
  ],
  prepare: ({ run, data, folder }) => {
    const escaped = databasePassword.replaceAll("'", "''")
    const script = [
      'CREATE DATABASE IF NOT EXISTS postgres CHARACTER SET utf8mb4;',
      `CREATE USER IF NOT EXISTS '${databaseUser}'@'%' IDENTIFIED BY '${escaped}';`,
      `GRANT ALL ON postgres.* TO '${databaseUser}'@'%';`,
    ]
    writeFileSync(join(folder, 'first.sql'), `${script.join('\n')}\n`)
    const modest = ['--innodb-log-file-size=4M', '--innodb-flush-log-at-trx-commit=0', '--skip-test-db']
    run(
      '/usr/bin/mariadb-install-db',
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      ...modest,
    )
  },
  serve: ({ data, folder, port, tls }) => ({
    command: '/usr/sbin/mariadbd',
    args: [
      ...['--no-defaults', `--datadir=${data}`, `--socket=${join(folder, 'socket')}`, `--port=${port}`],
      ...['--bind-address=127.0.0.1', '--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=16M'],
      `--init-file=${join(folder, 'first.sql')}`,
      ...[`--ssl-cert=${tls.cert}`, `--ssl-key=${tls.key}`, `--ssl-ca=${tls.ca}`],
    ],
    ready: /ready for connections/,
  }),
  killSignal: 'SIGKILL',
}

async function makeHome(): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-database-'))
  const authority = createAuthority({})
  const server = issueServer(authority, [dns('localhost')], 'localhost')
  const secretFile = join(folder, 'secret')
  const files = { [secretFile]: databasePassword, ...pemFiles(folder, authority.pem, server) }
  for (const [path, text] of Object.entries(files)) writeFileSync(path, text, { mode: 0o600 })
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  const { owner } = ownerOf()
  if (owner !== undefined)
    for (const path of [folder, data, ...Object.keys(files)]) chownSync(path, owner.uid, owner.gid)
  chmodSync(folder, 0o755)
  const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => join(folder, `${name}.pem`))
  return {
    ...{ folder, data, secretFile, port: await freePort() },
    tls: { ca: ca ?? '', cert: cert ?? '', key: key ?? '' },
    run: (command, ...args) => {
      const ids = owner === undefined ? {} : owner
      const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, ...ids, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? ''}\n${stdout}${stderr}`)
    },
  }
}

function pemFiles(folder: string, ca: string, server: { readonly pem: string; readonly keyPem: string }) {
  return {
    [join(folder, 'ca.pem')]: ca,
    [join(folder, 'cert.pem')]: server.pem,
    [join(folder, 'key.pem')]: server.keyPem,
  }
}

/** PostgreSQL refuses to run as root, and nothing here needs it: `nobody` will do. */
function ownerOf(): { readonly owner?: { readonly uid: number; readonly gid: number } } {
  return process.getuid?.() === 0 ? { owner: { uid: 65_534, gid: 65_534 } } : {}
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
