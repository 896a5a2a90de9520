/** Knows the public certificate authorities: the ones that browsers believe, and that must not name a site's users. */

import { rootCertificates } from 'node:tls'

/** How many of the certificates (DER) are public roots, as Node's own list has them. */
export function countPublicRoots(certificates: readonly Uint8Array[]): number {
  const known = new Set(rootCertificates.map((pem) => pem.replaceAll(/-----[^-]+-----|\s/g, '')))
  return certificates.filter((der) => known.has(Buffer.from(der).toString('base64'))).length
}
