/** The part of the catalogue of reasons that is about certificates, the identities in them, and their names. */

import type { Reason } from './reason.ts'

/** Reasons by their codes. */
export const certificateReasons = {
  // no certificate, or one that cannot be used
  'certificate-missing': {
    condition: 'not-authorized',
    meaning: 'the client presented no certificate',
    hint: 'configure a client certificate in the client, and check that the listener asks for one (tls.verify_mode)',
  },
  'certificate-not-requested': {
    condition: 'invalid-mechanism',
    meaning: 'the listener does not ask for certificates (tls.verify_mode = "none")',
    hint: 'set tls.verify_mode to "peer" on this listener',
  },
  'certificate-unreadable': {
    condition: 'not-authorized',
    meaning: 'the certificate is not well-formed DER, or repeats or breaks a field that identity depends on',
    hint: 'have the certificate issued again; `signet explain` names the field',
  },
  // the chain (RFC 5280 §6)
  'chain-unknown-ca': {
    condition: 'not-authorized',
    meaning: 'no path leads from the certificate to a trusted CA',
    hint: 'add the issuing CA to tls.cacertfile, or have the client send its intermediate certificates',
  },
  'chain-self-signed': {
    condition: 'not-authorized',
    meaning: 'the certificate is self-signed and the listener wants one issued by a CA',
    hint: 'for development only: tls.verify_mode = "selfsigned_peer"',
  },
  'chain-expired': {
    condition: 'not-authorized',
    meaning: 'a certificate of the chain is past its notAfter',
    hint: 'renew the certificate',
  },
  'chain-not-yet-valid': {
    condition: 'not-authorized',
    meaning: 'a certificate of the chain is before its notBefore',
    hint: 'check the clocks of the CA and of this machine',
  },
  'chain-bad-signature': {
    condition: 'not-authorized',
    meaning: 'a signature in the chain does not verify',
    hint: 'the certificate was altered, or another CA has the same name',
  },
  'chain-not-a-ca': {
    condition: 'not-authorized',
    meaning: 'a certificate of the chain was issued by one that is no CA',
    hint: 'the issuer needs basicConstraints CA:TRUE and keyUsage keyCertSign',
  },
  'chain-path-too-long': {
    condition: 'not-authorized',
    meaning: 'the chain is longer than a CA of it, or the depth limit, allows',
    hint: 'check pathLenConstraint of the CAs in the chain',
  },
  'chain-name-constraint': {
    condition: 'not-authorized',
    meaning: 'a name in the certificate is outside the name constraints of a CA of the chain',
    hint: 'have the certificate issued by a CA that may issue this name',
  },
  'chain-wrong-usage': {
    condition: 'not-authorized',
    meaning: 'the certificate is not for TLS client authentication (extended key usage or key usage)',
    hint: 'issue it with extendedKeyUsage clientAuth, or without that extension',
  },
  'chain-unknown-critical-extension': {
    condition: 'not-authorized',
    meaning: 'a certificate of the chain has a critical extension that is not understood',
    hint: 'have the certificate issued without it, or with it not critical',
  },
  'chain-weak': {
    condition: 'not-authorized',
    meaning: 'a key or signature algorithm of the chain is too weak',
    hint: 'use RSA of at least 2048 bits or an elliptic curve, and SHA-256 or better',
  },
  'chain-malformed': {
    condition: 'not-authorized',
    meaning: 'a certificate of the chain cannot be read or breaks a rule of RFC 5280',
    hint: '`signet explain` names the certificate and the rule',
  },
  'chain-refused-by-tls': {
    condition: 'not-authorized',
    meaning: 'the TLS library refused the chain for a reason that Signet has no word for',
    hint: "see the record's chain text for the library's own words",
  },
  'chain-refused-by-proxy': {
    condition: 'not-authorized',
    meaning: 'the proxy that ended TLS did not accept the certificate',
    hint: 'the record has the words of the proxy; give it the CAs of your clients as well',
  },
  'session-resumed': {
    condition: 'not-authorized',
    meaning: 'the TLS session was resumed, so the certificate was not judged in this handshake',
    hint: 'the client should connect with a full handshake',
  },
  // identity (design: rules of identity; XEP-0178 §2)
  'xmpp-addr-malformed': {
    condition: 'not-authorized',
    meaning: 'an xmppAddr of the certificate is no valid JID, or is not a UTF8String',
    hint: 'have the certificate issued with a valid bare JID (RFC 7622)',
  },
  'xmpp-addr-foreign-domain': {
    condition: 'not-authorized',
    meaning: 'the xmppAddr that applies is of a domain other than the stream’s',
    hint: 'connect to the domain of the certificate, or have one issued for this domain',
  },
  'xmpp-addr-no-localpart': {
    condition: 'not-authorized',
    meaning: 'the xmppAddr names a domain and no user',
    hint: 'a user certificate needs a JID with a localpart',
  },
  'authzid-mismatch': {
    condition: 'invalid-authzid',
    meaning: 'the requested JID is not the one that logs in',
    hint: 'leave the authorization identity out, or ask for a JID of the certificate, or of the account',
  },
  'authzid-required': {
    condition: 'invalid-authzid',
    meaning: 'the certificate holds several identities and the client did not say which',
    hint: 'set the authorization identity in the client',
  },
  'authzid-malformed': {
    condition: 'invalid-authzid',
    meaning: 'the authorization identity is no valid JID with a localpart',
    hint: 'it must be a JID such as user@example.org (RFC 6120 §6.3.8)',
  },
  'authzid-missing': {
    condition: 'not-authorized',
    meaning: 'rule auth_id needs an authorization identity and the client sent none',
    hint: 'set the authorization identity in the client',
  },
  'authzid-foreign-domain': {
    condition: 'not-authorized',
    meaning: 'the authorization identity is of a domain other than the stream’s',
    hint: 'ask for a JID of the domain the client connected to',
  },
  'common-name-malformed': {
    condition: 'not-authorized',
    meaning: 'a common name of the certificate cannot be a localpart',
    hint: 'control characters and what RFC 7622 forbids are refused',
  },
  'rule-value-malformed': {
    condition: 'not-authorized',
    meaning: 'a value that an identity rule or a method reads is broken, too long or holds a control character',
    hint: '`signet explain` names the rule or the method, and the value; have the certificate issued with plain text there',
  },
  'rule-jid-malformed': {
    condition: 'not-authorized',
    meaning: 'what an identity rule makes of the certificate is no JID',
    hint: 'see `match` and `jid` of the rule in auth.sasl_external_rules',
  },
  'rule-foreign-domain': {
    condition: 'not-authorized',
    meaning: 'the JID that an identity rule makes is of a domain other than the stream’s',
    hint: 'connect to that domain, or see `match` and `jid` of the rule in auth.sasl_external_rules',
  },
  'no-identity': {
    condition: 'not-authorized',
    meaning: 'no identity rule found a JID in the certificate',
    hint: 'see auth.sasl_external and auth.sasl_external_rules',
  },
  // distinguished names
  'name-malformed': {
    condition: 'not-authorized',
    meaning: 'a name that lists of trusted names are about is broken, too long or holds a control character',
    hint: '`signet explain` names the attribute; have the certificate issued with plain text there',
  },
  'subject-denied': {
    condition: 'not-authorized',
    meaning: 'the subject of the certificate matches a pattern of trusted_subjects.deny',
    hint: 'the record names the pattern',
  },
  'subject-not-trusted': {
    condition: 'not-authorized',
    meaning: 'the subject of the certificate matches no pattern of trusted_subjects.allow',
    hint: '`signet explain` says for each pattern why it does not match',
  },
  'issuer-denied': {
    condition: 'not-authorized',
    meaning: 'a CA above the certificate matches a pattern of trusted_issuers.deny',
    hint: 'the record names the pattern and the CA',
  },
  'issuer-not-trusted': {
    condition: 'not-authorized',
    meaning: 'the issuer of the certificate matches no pattern of trusted_issuers.allow',
    hint: '`signet explain` says for each pattern why it does not match',
  },
} as const satisfies Record<string, Reason>
