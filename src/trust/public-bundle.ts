/** Notices a CA file that trusts the public CAs of the web: anybody can get a certificate from those. */

import { attributeValues } from '../certificate/distinguished-name.ts'
import type { TrustStore } from './trust-store.ts'

/** From this many roots on, a file is hardly the CAs of one organisation. */
export const manyRoots = 30

const organizationOid = '2.5.4.10'

/** Organisations that run public CAs, as their roots spell them, in lower case; the beginning of the name is enough. */
const publicOrganizations: readonly string[] = [
  'actalis',
  'amazon',
  'asseco data systems',
  'baltimore',
  'buypass',
  'certsign',
  'chunghwa telecom',
  'comodo',
  'd-trust',
  'deutsche telekom security',
  'dhimyotis',
  'digicert',
  'disig',
  'entrust',
  'globalsign',
  'godaddy',
  'google trust services',
  'hellenic academic',
  'identrust',
  'internet security research group',
  'isrg',
  "let's encrypt",
  'microsec',
  'microsoft corporation',
  'quovadis',
  'secom trust',
  'sectigo',
  'ssl corporation',
  'starfield',
  'swisssign',
  't-systems',
  'the go daddy group',
  'the usertrust network',
  'trustwave',
  'unizeto',
  'verisign',
]

/** What gave the bundle away. */
export type BundleSuspicion =
  | { readonly kind: 'private' }
  | { readonly kind: 'many-roots'; readonly count: number }
  | { readonly kind: 'public-organization'; readonly organization: string }

/** Guesses whether a store holds public CAs; for a warning, never for a decision. */
export function suspectPublicBundle(store: TrustStore): BundleSuspicion {
  const names = store.certificates.flatMap(({ certificate }) => attributeValues(certificate.subject, organizationOid))
  const organization = names.find((name) => name !== null && isPublic(name))
  if (typeof organization === 'string') return { kind: 'public-organization', organization }
  const count = store.certificates.filter(({ isSelfSigned }) => isSelfSigned).length
  return count >= manyRoots ? { kind: 'many-roots', count } : { kind: 'private' }
}

/** Whether the store looks like a bundle of public CAs. */
export function looksLikePublicBundle(store: TrustStore): boolean {
  return suspectPublicBundle(store).kind !== 'private'
}

function isPublic(organization: string): boolean {
  const name = organization.toLowerCase()
  return publicOrganizations.some((known) => name.startsWith(known))
}
