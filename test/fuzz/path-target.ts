/**
 * Path validation over chains with something changed in them: never throws, and every signature on a path that it trusts
 * is good when checked by itself, over the very bytes that were read.
 */

import { createPublicKey, verify } from 'node:crypto'
import { type PeerCertificate, parseCertificate } from '../../src/certificate/facts.ts'
import { type PathVerdict, validatePath } from '../../src/trust/path-validation.ts'
import { readTrustStore, type TrustStore } from '../../src/trust/trust-store.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { toPem } from '../support/pki/certificate.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateTree } from './der-tree.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { mutateBytes } from './mutate.ts'
import { expect, type FuzzTarget } from './target.ts'

const dayMs = 86_400_000
const rsaPss = '1.2.840.113549.1.1.10'
const hashes: Readonly<Record<string, string | null>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.3.101.112': null,
  '1.3.101.113': null,
}

/** What the client sends, leaf first. */
type Sent = readonly Uint8Array[]

/** Fuzzes `validatePath` and `readTrustStore`. An input is the trusted CA, and what the client sends. */
export function createPathTarget(): FuzzTarget {
  const { all, root } = createCatalogue('a.example')
  const chains = all.map(({ sentDer }) => sentDer)
  const stores = new Map<string, TrustStore | null>()
  return {
    name: 'path',
    quickInputs: 2500,
    longShare: 30_000,
    generate: (random) => generate(random, root.der, chains),
    check: (input) => {
      const [trusted = new Uint8Array(), ...sent] = unpackFrames(input)
      const key = Buffer.from(trusted).toString('hex')
      const store = stores.get(key) ?? storeOf(trusted)
      // All but a few inputs trust the same CA.
      if (stores.size < 4) stores.set(key, store)
      if (store !== null) checkPath(store, sent)
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function generate(random: Random, root: Uint8Array, chains: readonly Sent[]): Uint8Array {
  const sent = [...random.pick(chains)]
  const other = random.pick(random.pick(chains))
  const at = random.below(sent.length)
  const one = sent[at]
  if (one !== undefined && random.chance(0.95)) {
    sent[at] = random.chance(0.5) ? mutateBytes(random, one, other) : mutateTree(random, one, other)
  }
  if (random.chance(0.2)) sent.splice(1 + random.below(sent.length), 0, other)
  const trusted = random.chance(0.03) ? mutateTree(random, root, other) : root
  return packFrames([trusted, ...sent])
}

function storeOf(der: Uint8Array): TrustStore | null {
  const store = readTrustStore(toPem(der), 'fuzz.pem')
  return store.ok ? store.value : null
}

function checkPath(store: TrustStore, sent: Sent): void {
  const [leaf, ...extra] = sent.map(parseCertificate)
  const [root] = store.certificates
  if (leaf?.ok !== true || root === undefined) return
  const query = {
    leaf: leaf.value,
    extra: extra.flatMap((parsed) => (parsed.ok ? [parsed.value] : [])),
    store,
    // The catalogue makes everything valid from a day before.
    now: root.certificate.notBefore + dayMs,
  }
  const verdict = validatePath(query)
  switch (verdict.kind) {
    case 'trusted':
      checkTrusted(verdict, query.leaf, query.now, root.certificate)
      break
    case 'self-signed':
      expect(isSignedBy(query.leaf, query.leaf), 'self-signed with a false signature')
      break
    case 'untrusted':
      expect(verdict.text.length > 0, 'a refusal without words')
  }
  expect(validatePath(query).kind === verdict.kind, 'another verdict the second time')
}

type Trusted = Extract<PathVerdict, { kind: 'trusted' }>

function checkTrusted({ chain }: Trusted, leaf: PeerCertificate, now: number, root: PeerCertificate): void {
  expect(chain.length > 1 && chain[0] === leaf && chain.at(-1)?.sha256 === root.sha256, 'not from the leaf to the root')
  for (const [index, certificate] of chain.entries()) {
    expect(certificate.notBefore <= now && now <= certificate.notAfter, 'trusted outside of its dates')
    const issuer = chain[index + 1]
    if (issuer === undefined) continue
    expect(issuer.basicConstraints?.ca === true, 'issued by what is no CA')
    expect(isSignedBy(certificate, issuer), 'trusted with a false signature')
  }
}

/** `crypto.verify` over the signed bytes: OpenSSL's reading of the certificate has no part in it. */
function isSignedBy({ tbs, signature }: PeerCertificate, issuer: PeerCertificate): boolean {
  const key = createPublicKey({ key: Buffer.from(issuer.publicKey.spki), format: 'der', type: 'spki' })
  // The parameters of PSS say which hash, and the catalogue has one kind only.
  if (signature.algorithm === rsaPss) return verify('sha256', tbs, { key, padding: 6, saltLength: 32 }, signature.value)
  const hash = hashes[signature.algorithm]
  return hash !== undefined && verify(hash, tbs, key, signature.value)
}
