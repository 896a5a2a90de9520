/** The demo's certificates as files: makes what is missing or about to expire, and leaves the rest as it is. */

import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credential, LeafProfile } from '../development-pki/authority.ts'
import { encodeSubjectAltName, loopback } from '../development-pki/names.ts'
import { fail, ok, type Result } from '../result.ts'

/** Users of the demo; each has a certificate for `user@localhost`. */
export const demoUsers = ['alice', 'bob'] as const

/** Password of the `.p12` files. It keeps nothing secret: some stores refuse files without one. */
export const demoPassword = 'signet'

/** What is in the directory now. */
export interface DemoCertificates {
  readonly directory: string
  /** Names of the files that were made in this run; empty when all were good. */
  readonly made: readonly string[]
  /** When the first of the certificates ends. */
  readonly expires: Date
}

const dayMs = 24 * 60 * 60_000
/** A certificate this near to its end is made anew, so that none expires under a running demo. */
const renewalMs = 7 * dayMs
const authorityName = 'CN=Signet development CA'

interface Leaf extends LeafProfile {
  readonly file: string
  /** Whether the combined PEM and the `.p12` are made too. */
  readonly portable: boolean
}

const leaves: readonly Leaf[] = [
  {
    file: 'server',
    commonName: 'localhost',
    purpose: 'server',
    portable: false,
    // RFC 6120 §13.7.1.2: SRVName and DNS name of the served domain; xmppAddr and addresses for older and careless clients.
    names: [
      { kind: 'dns', host: 'localhost' },
      { kind: 'srv-name', name: '_xmpp-client.localhost' },
      { kind: 'xmpp-addr', jid: 'localhost' },
      { kind: 'ip', address: loopback.v4 },
      { kind: 'ip', address: loopback.v6 },
    ],
  },
  ...demoUsers.map(
    (user): Leaf => ({
      file: user,
      commonName: user,
      purpose: 'client',
      portable: true,
      names: [{ kind: 'xmpp-addr', jid: `${user}@localhost` }],
    }),
  ),
]

/**
 * Makes sure that the directory holds a CA, a server certificate and a certificate a user, all good for another
 * week. A good CA is never replaced unless its key is gone and a certificate is needed from it.
 * Fails with a sentence when the directory cannot be used, or holds a CA that the demo did not make.
 */
export async function ensureDemoCertificates(directory: string, now: Date): Promise<Result<DemoCertificates, string>> {
  try {
    await mkdir(directory, { recursive: true })
    const anchor = await readCertificate(directory, 'ca')
    if (anchor !== null && anchor.subject !== authorityName) {
      return fail(`${join(directory, 'ca.pem')} was not made by the demo; choose another directory with --dir`)
    }
    return ok(await complete(directory, anchor !== null && isCurrent(anchor, now) ? anchor : null, now))
  } catch (error) {
    return fail(
      `the demo's certificates cannot be made in ${directory}: ${error instanceof Error ? error.message : error}`,
    )
  }
}

async function complete(directory: string, anchor: X509Certificate | null, now: Date): Promise<DemoCertificates> {
  const kept = await Promise.all(leaves.map((leaf) => readLeaf(directory, leaf, anchor, now)))
  const made: string[] = []
  if (anchor !== null && kept.every((credential) => credential !== null)) {
    return finish(directory, { issuer: anchor, credentials: kept, isNew: () => false }, made)
  }
  const authority = await signingAuthority(directory, anchor, now, made)
  const { issueLeaf } = await import('../development-pki/authority.ts')
  // Under a new authority no old certificate is good.
  const old = authority.certificate === anchor ? kept : []
  const credentials = await Promise.all(
    leaves.map(async (leaf, index) => old[index] ?? (await issueLeaf(authority, leaf, now))),
  )
  const isNew = (index: number): boolean => credentials[index] !== old[index]
  return finish(directory, { issuer: authority.certificate, credentials, isNew }, made)
}

interface Complete {
  readonly issuer: X509Certificate
  /** One a leaf, in the order of `leaves`. */
  readonly credentials: readonly Credential[]
  readonly isNew: (index: number) => boolean
}

async function finish(directory: string, set: Complete, made: string[]): Promise<DemoCertificates> {
  let expires = set.issuer.validToDate
  for (const [index, leaf] of leaves.entries()) {
    const credential = set.credentials[index]
    if (credential === undefined) continue
    await saveLeaf(directory, leaf, { credential, issuer: set.issuer, isNew: set.isNew(index) }, made)
    if (credential.certificate.validToDate < expires) expires = credential.certificate.validToDate
  }
  return { directory, made, expires }
}

/** The authority in the directory if its key is there too, else a new one. */
async function signingAuthority(
  directory: string,
  anchor: X509Certificate | null,
  now: Date,
  made: string[],
): Promise<Credential> {
  const old = anchor === null ? null : await withKey(directory, 'ca', anchor)
  if (old !== null) return old
  const { createAuthority } = await import('../development-pki/authority.ts')
  const authority = await createAuthority(now)
  await savePair(directory, 'ca', authority, made)
  return authority
}

/** A leaf that is still good: right names, right key, issued by the anchor, far from its end. Null otherwise. */
async function readLeaf(
  directory: string,
  leaf: Leaf,
  anchor: X509Certificate | null,
  now: Date,
): Promise<Credential | null> {
  const certificate = await readCertificate(directory, leaf.file)
  if (certificate === null || anchor === null || !isCurrent(certificate, now)) return null
  if (!certificate.checkIssued(anchor) || !certificate.verify(anchor.publicKey)) return null
  if (!certificate.raw.includes(encodeSubjectAltName(leaf.names))) return null
  return withKey(directory, leaf.file, certificate)
}

/** Null when there is no such file; throws when there is one that holds no certificate. */
async function readCertificate(directory: string, file: string): Promise<X509Certificate | null> {
  const path = join(directory, `${file}.pem`)
  if (!(await exists(path))) return null
  try {
    return new X509Certificate(await readFile(path))
  } catch (cause) {
    throw new Error(`${path} holds no certificate; remove it to have it made anew`, { cause })
  }
}

async function withKey(directory: string, file: string, certificate: X509Certificate): Promise<Credential | null> {
  try {
    const key = createPrivateKey(await readFile(join(directory, `${file}.key`)))
    return certificate.checkPrivateKey(key) ? { certificate, key } : null
  } catch {
    return null
  }
}

function isCurrent(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && certificate.validToDate.getTime() - now.getTime() > renewalMs
}

interface SavedLeaf {
  readonly credential: Credential
  readonly issuer: X509Certificate
  readonly isNew: boolean
}

/** Writes a new leaf's files, or of a kept leaf those of its other forms that are missing. */
async function saveLeaf(directory: string, leaf: Leaf, saved: SavedLeaf, made: string[]): Promise<void> {
  const { credential, issuer, isNew } = saved
  const isWanted = async (name: string): Promise<boolean> =>
    leaf.portable && (isNew || !(await exists(join(directory, name))))
  const combined = `${leaf.file}-combined.pem`
  if (await isWanted(combined)) await save(directory, combined, certificateText(credential) + keyText(credential), made)
  const packed = `${leaf.file}.p12`
  if (await isWanted(packed)) {
    const { encodePkcs12 } = await import('../development-pki/pkcs12.ts')
    const content = { credential, issuer, friendlyName: `${leaf.file}@localhost` }
    await save(directory, packed, encodePkcs12(content, demoPassword), made)
  }
  if (isNew) await savePair(directory, leaf.file, credential, made)
}

/** The certificate last: it says that all the rest is there. */
async function savePair(directory: string, file: string, credential: Credential, made: string[]): Promise<void> {
  await save(directory, `${file}.key`, keyText(credential), made)
  await save(directory, `${file}.pem`, certificateText(credential), made)
}

const certificateText = ({ certificate }: Credential): string => certificate.toString()
const keyText = ({ key }: Credential): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Puts the file in place in one step; only its owner may read what holds a key. */
async function save(directory: string, name: string, content: string | Buffer, made: string[]): Promise<void> {
  const draft = join(directory, `.${name}.${randomUUID()}`)
  const isPublic = name.endsWith('.pem') && !name.endsWith('-combined.pem')
  try {
    await writeFile(draft, content, { mode: isPublic ? 0o644 : 0o600, flag: 'wx', flush: true })
    await rename(draft, join(directory, name))
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  made.push(name)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
