/** TLS failures in words: what the client did, or what fits nobody, for the log. */

const words: Readonly<Record<string, string>> = {
  ECONNRESET: 'the client closed the connection during the handshake',
  EPIPE: 'the client closed the connection during the handshake',
  ERR_SSL_HTTP_REQUEST: 'the client speaks HTTP, not TLS',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'the client speaks HTTP to a proxy, not TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'the client sent something that is not TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'the client sent something that is not TLS',
  ERR_SSL_UNEXPECTED_MESSAGE: 'the client sent something that is not a TLS handshake',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client offers no TLS version that is allowed here (tls.versions)',
  ERR_SSL_NO_SHARED_CIPHER:
    "client and server have no cipher in common: see tls.ciphers, tls.versions and the type of the server's key",
  ERR_SSL_NO_CIPHERS_AVAILABLE: "no cipher of tls.ciphers fits tls.versions and the type of the server's key",
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'the client accepts no signature that the server certificate can make',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'the client offers no key exchange group in common',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'the client asked by ALPN for another protocol than xmpp-client',
  ERR_SSL_BAD_SIGNATURE: "the client's proof of possession of its private key does not verify",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the client does not trust the CA of this server's certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the client refused this server's certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "the client refused this server's certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "the client says this server's certificate has expired",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: "the client says this server's certificate is revoked",
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: "the client cannot use this server's certificate",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'the client found no parameters in common',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'the client refused the TLS versions allowed here',
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: 'the client could not verify the handshake',
  ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR: 'the client had a fault of its own',
}

/** What went wrong, with the library's own code behind it: one line. */
export function tlsWords(cause: Error): string {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : null
  if (code === null) return plainWords(cause)
  return `${words[code] ?? plainWords(cause)} (${code})`
}

/** `thread:error:number:library:function:reason:` and then a source file of OpenSSL's with its line. */
const opensslLine = /^[\dA-F]+:error:[\dA-F]+:[^:\n]*:[^:\n]*:([^:\n]*):/i

function plainWords({ message }: Error): string {
  const reason = opensslLine.exec(message)?.[1]
  const line = reason === undefined ? message : `OpenSSL: ${reason}`
  return line.split('\n', 1)[0]?.trimEnd() ?? ''
}
