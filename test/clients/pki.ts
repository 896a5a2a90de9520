/** Certificates for the client tests, made by the `openssl` command: an issuer that is not the project's own. */

import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The files of one certificate, PEM. */
export interface Credential {
  readonly cert: string
  readonly key: string
  /** Certificate and key in one file. */
  readonly both: string
}

/** What every site has: the two users of the demo, and what they and the server trust and show. */
export interface SitePki {
  /** The folder of the files. */
  readonly dir: string
  readonly ca: string
  readonly server: Credential
  readonly alice: Credential
  readonly bob: Credential
}

/** What a test client may show besides. */
export interface TestPki extends SitePki {
  /** alice@localhost, but past its notAfter. */
  readonly expired: Credential
  /** alice@localhost, signed by a CA that nobody here trusts. */
  readonly otherCa: Credential
  /** alice@elsewhere.example, rightly signed. */
  readonly foreign: Credential
}

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc']
const day = 24 * 60 * 60 * 1000

function xmppAddr(jid: string): string {
  // id-on-xmppAddr, RFC 6120 §13.7.1.4
  return `otherName:1.3.6.1.5.5.7.8.5;UTF8:${jid}`
}

/** Makes all of it in `dir`, a new folder. Rejects when `openssl` fails. */
export async function makePki(dir: string): Promise<TestPki> {
  await mkdir(dir)
  const [ca, strangerCa] = await Promise.all([makeCa(dir, 'ca'), makeCa(dir, 'stranger-ca')])
  const person = (name: string, jid: string, issuer = ca, endsInDays = 30) =>
    issue(dir, { name, san: xmppAddr(jid), usage: 'clientAuth', issuer, endsInDays })
  const [server, alice, bob, expired, otherCa, foreign] = await Promise.all([
    issue(dir, { name: 'server', san: 'DNS:localhost', usage: 'serverAuth', issuer: ca, endsInDays: 90 }),
    person('alice', 'alice@localhost'),
    person('bob', 'bob@localhost'),
    person('expired', 'alice@localhost', ca, -1),
    person('other-ca', 'alice@localhost', strangerCa),
    person('foreign', 'alice@elsewhere.example'),
  ])
  return { dir, ca: ca.cert, server, alice, bob, expired, otherCa, foreign }
}

async function makeCa(dir: string, name: string): Promise<Credential> {
  const files = filesOf(dir, name)
  await run('openssl', [
    ...['req', '-x509', ...p256, '-keyout', files.key, '-out', files.cert, '-subj', `/CN=Test ${name}`, '-days', '90'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  ])
  return files
}

interface Wanted {
  readonly name: string
  readonly san: string
  readonly usage: 'serverAuth' | 'clientAuth'
  readonly issuer: Credential
  readonly endsInDays: number
}

// `openssl ca` is the one command of Debian 12's OpenSSL that takes exact dates, past ones included.
async function issue(dir: string, wanted: Wanted): Promise<Credential> {
  const files = filesOf(dir, wanted.name)
  const request = join(dir, `${wanted.name}.csr`)
  const settings = join(dir, `${wanted.name}.cnf`)
  await writeFile(settings, authoritySettings(dir, wanted))
  await writeFile(join(dir, `${wanted.name}.index`), '')
  await run('openssl', ['req', '-new', ...p256, '-keyout', files.key, '-out', request, '-subj', `/CN=${wanted.name}`])
  await run('openssl', [
    ...['ca', '-batch', '-notext', '-config', settings, '-in', request, '-out', files.cert],
    ...['-cert', wanted.issuer.cert, '-keyfile', wanted.issuer.key],
    ...['-startdate', generalizedTime(-30 * day), '-enddate', generalizedTime(wanted.endsInDays * day)],
  ])
  await writeFile(files.both, (await readFile(files.cert, 'utf8')) + (await readFile(files.key, 'utf8')))
  return files
}

function authoritySettings(dir: string, wanted: Wanted): string {
  return [
    '[ca]\ndefault_ca = here',
    `[here]\nnew_certs_dir = ${dir}\ndatabase = ${join(dir, `${wanted.name}.index`)}`,
    'rand_serial = yes\ndefault_md = sha256\npolicy = any\nx509_extensions = leaf',
    '[any]\ncommonName = supplied',
    `[leaf]\nbasicConstraints = critical,CA:FALSE\nextendedKeyUsage = ${wanted.usage}`,
    'subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid',
    `subjectAltName = @names\n[names]\n${wanted.san.replace(':', '.1 = ')}\n`,
  ].join('\n')
}

function generalizedTime(offsetMs: number): string {
  return `${new Date(Date.now() + offsetMs).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`
}

/** The paths of a certificate by its name, as the demo lays them out; whether the files are there is not asked. */
export function filesOf(dir: string, name: string): Credential {
  return { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`), both: join(dir, `${name}-combined.pem`) }
}
