/** Catalogue entries that differ in the path to the root; all leaves hold alice's address. */

import type { CatalogueBase, CatalogueCase, ExpectedChain } from './catalogue.ts'
import { type Certificate, type CertificateOptions, createAuthority, issue, selfSigned } from './certificate.ts'
import { email, xmppAddr } from './names.ts'

const hourMs = 3_600_000

/** The entries about the path. */
export function chainCases(base: CatalogueBase) {
  const { domain, root, intermediate } = base
  const alice = { cn: 'Alice', san: [xmppAddr(`alice@${domain}`)] }
  const entry = (chain: ExpectedChain, leaf: Certificate, extra: readonly Certificate[] = []): CatalogueCase => ({
    leaf,
    extra,
    chain,
  })
  const strangerRoot = createAuthority({ name: 'Stranger Root CA' })
  const stranger = issue(strangerRoot, alice)
  const viaIntermediate = issue(intermediate, alice)
  const upper = createAuthority({ name: 'Catalogue Upper CA', parent: root })
  const lower = createAuthority({ name: 'Catalogue Lower CA', parent: upper })
  const viaTwo = issue(lower, alice)
  return {
    'unknown-ca': entry('chain-unknown-ca', stranger),
    'unknown-ca-root-sent': entry('chain-unknown-ca', stranger, [strangerRoot]),
    /** Of the name of our root, and of another key. */
    'impostor-ca': entry('chain-unknown-ca', issue(createAuthority({ name: 'Catalogue Root CA' }), alice)),
    ...selfSignedCases(alice),
    intermediate: entry('trusted', viaIntermediate, [intermediate]),
    'intermediate-missing': entry('chain-unknown-ca', viaIntermediate),
    'intermediate-and-root': entry('trusted', viaIntermediate, [intermediate, root]),
    'intermediate-with-unrelated': entry('trusted', viaIntermediate, [strangerRoot, intermediate]),
    'two-intermediates': entry('trusted', viaTwo, [lower, upper]),
    'two-intermediates-reversed': entry('trusted', viaTwo, [upper, lower]),
    ...brokenIntermediates(base, alice),
  } satisfies Record<string, CatalogueCase>
}

function selfSignedCases(alice: CertificateOptions) {
  const own = (chain: ExpectedChain, options: CertificateOptions = {}): CatalogueCase => ({
    leaf: selfSigned({ ...alice, ...options }),
    chain,
  })
  return {
    'self-signed': own('self-signed'),
    'self-signed-rsa': own('self-signed', { key: 'rsa2048' }),
    'self-signed-expired': own('chain-expired', { notAfter: new Date(Date.now() - hourMs) }),
    'self-signed-not-yet-valid': own('chain-not-yet-valid', { notBefore: new Date(Date.now() + hourMs) }),
    'self-signed-eku-server-only': own('chain-wrong-usage', { eku: ['serverAuth'] }),
    'self-signed-bogus-signature': own('chain-bad-signature', { corruptSignature: true }),
  } satisfies Record<string, CatalogueCase>
}

function brokenIntermediates({ domain, root, intermediate }: CatalogueBase, alice: CertificateOptions) {
  const under = (chain: ExpectedChain, issuer: Certificate, between: readonly Certificate[] = []): CatalogueCase => ({
    leaf: issue(issuer, alice),
    extra: [issuer, ...between],
    chain,
  })
  const below = (options: CertificateOptions & { pathLen?: number }, parent: Certificate = root): Certificate =>
    createAuthority({ name: 'Catalogue Other CA', parent, ...options })
  const constrained = below({ nameConstraints: { permitted: [email('foreign.example')] } })
  const constrainedLeaf = { ...alice, san: [...(alice.san ?? []), email(`alice@${domain}`)] }
  const permitted = below({ nameConstraints: { permitted: [email(domain)] } })
  return {
    'intermediate-expired': under('chain-expired', below({ notAfter: new Date(Date.now() - hourMs) })),
    'intermediate-server-only': under('chain-wrong-usage', below({ eku: ['serverAuth'] })),
    'intermediate-bad-signature': under('chain-bad-signature', below({ corruptSignature: true })),
    /** The issuing CA has pathLen 0 and yet a CA below it. */
    'path-length-exceeded': under('chain-path-too-long', below({}, intermediate), [intermediate]),
    /** An ordinary client certificate signs another. */
    'issued-by-non-ca': under('chain-not-a-ca', issue(root, { cn: 'Mallory' })),
    'issued-by-ca-without-cert-sign': under('chain-not-a-ca', below({ keyUsage: ['cRLSign'] })),
    'name-constraint-violation': {
      leaf: issue(constrained, constrainedLeaf),
      extra: [constrained],
      chain: 'chain-name-constraint',
    },
    'name-constraint-kept': { leaf: issue(permitted, constrainedLeaf), extra: [permitted], chain: 'trusted' },
    /** A constraint on xmppAddr itself, which no widespread library can evaluate: refused as a matter of caution. */
    'name-constraint-on-address': under(
      'chain-name-constraint',
      below({ nameConstraints: { permitted: [xmppAddr(domain)] } }),
    ),
  } satisfies Record<string, CatalogueCase>
}
