/** A directory server for a test: a real slapd with a configuration and data of its own, on free loopback ports. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import type { Certificate } from './pki/certificate.ts'

/** What a server is made of. */
export interface SlapdPlan {
  /** The entries below and with the suffix. */
  readonly ldif: string
  /** 127.0.0.1 if left out; another loopback address lets two servers have one port. */
  readonly host?: string
  readonly ports?: SlapdPorts
  /** Offers LDAPS and StartTLS. */
  readonly tls?: { readonly server: Certificate; readonly clientCa: Certificate }
  /** More lines for the whole server. */
  readonly conf?: string
}

/** Where a server listens. */
export interface SlapdPorts {
  readonly port: number
  readonly tlsPort: number
}

/** A running server. Disposing of it ends it and removes its files. */
export interface Slapd extends AsyncDisposable, SlapdPorts {
  readonly host: string
  /** Lines that it logged (`-d stats`). */
  readonly lines: readonly string[]
  /** Waits for a line, which was logged after everything that the server did before. */
  sawLine(part: string): Promise<void>
  /** Ends the process, at once with SIGKILL, and waits until it is gone. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Starts it again on the same ports, with the same data. */
  restart(): Promise<void>
}

/** The suffix, and the DN and password that may do everything. */
export const directory = {
  suffix: 'dc=example,dc=org',
  rootDn: 'cn=admin,dc=example,dc=org',
  rootPassword: 'root secret',
} as const

const run = promisify(execFile)
const slapdPath = '/usr/sbin/slapd'
const startMs = 10_000

/** Starts a server; rejects when it does not come up. */
export async function startSlapd(plan: SlapdPlan): Promise<Slapd> {
  const { host = '127.0.0.1' } = plan
  const folder = await mkdtemp(join(tmpdir(), 'signet-slapd-'))
  const ports = plan.ports ?? { port: await freePort(), tlsPort: await freePort() }
  const conf = await writeConf(plan, folder)
  await writeFile(join(folder, 'data.ldif'), plan.ldif)
  await run(slapdPath, ['-T', 'add', '-f', conf, '-l', join(folder, 'data.ldif')])
  const lines: string[] = []
  const logged = new EventEmitter()
  const log = (more: readonly string[]): void => {
    lines.push(...more)
    logged.emit('lines')
  }
  const tlsUrl = plan.tls === undefined ? '' : ` ldaps://${host}:${ports.tlsPort}/`
  const urls = `ldap://${host}:${ports.port}/${tlsUrl}`
  const start = async (): Promise<ChildProcess> => {
    const started = await launch(conf, urls, log)
    await listens(host, ports.port)
    return started
  }
  let child = await start()
  const kill = async (signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  return {
    host,
    ...ports,
    lines,
    sawLine: async (part) => {
      for (let seen = 0; !lines.slice(seen).some((line) => line.includes(part)); ) {
        seen = lines.length
        await once(logged, 'lines', { signal: AbortSignal.timeout(startMs) })
      }
    },
    kill,
    restart: async () => {
      await kill()
      child = await start()
    },
    [Symbol.asyncDispose]: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(conf: string, urls: string, log: (lines: readonly string[]) => void): Promise<ChildProcess> {
  const child = spawn(slapdPath, ['-d', 'stats', '-f', conf, '-h', urls], { stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = (): boolean => child.kill('SIGKILL')
  const ready = new Promise<void>((resolve, reject) => {
    let rest = ''
    let last = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n')
      rest = parts.pop() ?? ''
      log(parts)
      last = parts.at(-1) ?? last
      if (parts.some((line) => line.endsWith('slapd starting'))) resolve()
    })
    child.once('exit', (code) => reject(new Error(`slapd ended with ${code}: ${last}`)))
  })
  const late = AbortSignal.timeout(startMs)
  late.addEventListener('abort', kill)
  await ready.finally(() => late.removeEventListener('abort', kill))
  return child
}

/** slapd says that it starts a moment before it listens. */
async function listens(host: string, port: number): Promise<void> {
  for (const end = performance.now() + startMs; performance.now() < end; await setTimeout(5)) {
    const socket = connect({ host, port })
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isThere) return
  }
  throw new Error(`slapd does not listen on ${host}:${port}`)
}

async function writeConf({ tls, conf = '' }: SlapdPlan, folder: string): Promise<string> {
  const path = join(folder, 'slapd.conf')
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  const lines = [
    ...schemas,
    "attributetype ( 1.3.6.1.4.1.32473.1.1 NAME 'xmppJid' SUP name )",
    "attributetype ( 1.3.6.1.4.1.32473.1.2 NAME 'nsAccountLock' SUP name SINGLE-VALUE )",
    "attributetype ( 1.3.6.1.4.1.32473.1.3 NAME 'userAccountControl' EQUALITY integerMatch",
    '  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )',
    "objectclass ( 1.3.6.1.4.1.32473.2.1 NAME 'xmppPerson' SUP top AUXILIARY",
    '  MAY ( xmppJid $ nsAccountLock $ userAccountControl ) )',
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `pidfile ${join(folder, 'pid')}`,
    ...(tls === undefined ? [] : await tlsLines(tls, folder)),
    conf,
    'database mdb',
    'maxsize 16777216',
    `suffix "${directory.suffix}"`,
    `rootdn "${directory.rootDn}"`,
    `rootpw "${directory.rootPassword}"`,
    `directory ${folder}`,
    'access to attrs=userPassword by anonymous auth by * none',
    'access to attrs=nsAccountLock by users read by * none',
    'access to * by * read',
  ]
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 })
  return path
}

async function tlsLines({ server, clientCa }: NonNullable<SlapdPlan['tls']>, folder: string): Promise<string[]> {
  await writeFile(join(folder, 'ca.pem'), clientCa.pem)
  await writeFile(join(folder, 'server.pem'), server.pem)
  await writeFile(join(folder, 'server.key'), server.keyPem, { mode: 0o600 })
  return [
    `TLSCACertificateFile ${join(folder, 'ca.pem')}`,
    `TLSCertificateFile ${join(folder, 'server.pem')}`,
    `TLSCertificateKeyFile ${join(folder, 'server.key')}`,
    'TLSVerifyClient try',
    'authz-regexp "^cn=signet service$" "cn=signet,ou=services,dc=example,dc=org"',
  ]
}
