/** The verdict that lets somebody in, filled in from the claim. */

import type { Claim, Verdict } from './contract.ts'

/** Lets the claimed JID in, with what the session host is told of the certificate. */
export function allow(claim: Claim): Extract<Verdict, { readonly kind: 'allow' }> {
  const certificate = claim.kind === 'certificate' ? claim.certificate : null
  return {
    kind: 'allow',
    account: {
      jid: claim.jid,
      certificateSha256: certificate?.sha256 ?? null,
      certificateNotAfter: certificate?.notAfter ?? null,
    },
  }
}
