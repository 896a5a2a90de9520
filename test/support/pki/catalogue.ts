/**
 * The certificates of the conformance matrix, by name, for one domain. Each says what it is, what a client
 * that uses it sends, and how path validation must judge that against the catalogue's root.
 */

import type { ReasonCode } from '../../../src/observe/reasons.ts'
import { chainCases } from './catalogue-chains.ts'
import { identityCases } from './catalogue-identities.ts'
import { usageCases } from './catalogue-usages.ts'
import { type Certificate, createAuthority, issueServer } from './certificate.ts'
import { dns } from './names.ts'

/** How path validation must end: a refusal is named by its reason. */
export type ExpectedChain = 'trusted' | 'self-signed' | ReasonCode

/** What the case files build entries from. */
export interface CatalogueBase {
  readonly domain: string
  readonly root: Certificate
  /** A CA under the root; its certificate is not in the trust store. */
  readonly intermediate: Certificate
}

/** An entry before it has its name. */
export interface CatalogueCase {
  readonly leaf: Certificate
  /** Certificates that the client sends after the leaf. */
  readonly extra?: readonly Certificate[]
  readonly chain: ExpectedChain
}

/** One certificate of the catalogue. */
export interface CatalogueCertificate {
  readonly name: CatalogueName
  readonly chain: ExpectedChain
  readonly leaf: Certificate
  readonly leafDer: Uint8Array
  /** DER of what the client sends: leaf first. */
  readonly sentDer: readonly Uint8Array[]
  /** The same as PEM, the form TLS clients load. */
  readonly chainPem: string
  readonly keyPem: string
}

/** Names of the catalogue. */
export type CatalogueName = keyof ReturnType<typeof casesOf>

/** All certificates for one domain, with the CA to trust and a server certificate. */
export interface Catalogue {
  readonly domain: string
  readonly root: Certificate
  readonly intermediate: Certificate
  /** What goes into the server's `cacertfile`. */
  readonly rootPem: string
  readonly server: Certificate
  readonly all: readonly CatalogueCertificate[]
  get(name: CatalogueName): CatalogueCertificate
}

/**
 * Makes the catalogue; about half a second, so once a test file. A Node client that presents the weak ones
 * (`rsa-1024`, `sha1-signature`) must itself be told `ciphers: 'DEFAULT@SECLEVEL=0'`.
 */
export function createCatalogue(domain: string): Catalogue {
  const root = createAuthority({ name: 'Catalogue Root CA' })
  const intermediate = createAuthority({ name: 'Catalogue Issuing CA', parent: root, pathLen: 0 })
  const entries = Object.entries(casesOf({ domain, root, intermediate }))
  const all = entries.map(([name, entry]) => finish(name as CatalogueName, entry))
  const byName = new Map(all.map((entry) => [entry.name, entry]))
  return {
    domain,
    root,
    intermediate,
    rootPem: root.pem,
    server: issueServer(root, [dns(domain)], domain),
    all,
    get(name) {
      const entry = byName.get(name)
      if (entry === undefined) throw new TypeError(`no certificate named ${name} in the catalogue`)
      return entry
    },
  }
}

function casesOf(base: CatalogueBase) {
  return { ...identityCases(base), ...usageCases(base), ...chainCases(base) }
}

function finish(name: CatalogueName, { leaf, extra = [], chain }: CatalogueCase): CatalogueCertificate {
  const sent = [leaf, ...extra]
  return {
    name,
    chain,
    leaf,
    leafDer: leaf.der,
    sentDer: sent.map((certificate) => certificate.der),
    chainPem: sent.map((certificate) => certificate.pem).join(''),
    keyPem: leaf.keyPem,
  }
}
