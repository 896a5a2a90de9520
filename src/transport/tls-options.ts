/** Options of TLS on a listener (`tls.*`), as MongooseIM names them. */

/** When TLS begins: with the first byte, or by STARTTLS (RFC 6120 §5), offered or demanded. */
export type TlsMode = 'tls' | 'starttls' | 'starttls_required'

/** Protocol versions that can be allowed. */
export type TlsVersion = 'tlsv1.2' | 'tlsv1.3'

/** The files one server identity is read from; absolute paths. */
export interface TlsIdentityFiles {
  /** PEM: the server's certificate first, then its intermediates. */
  readonly certfile: string
  /** PEM: the private key; the same file as `certfile` when one file holds both. */
  readonly keyfile: string
  /** Opens an encrypted key; null when there is none. Never logged. */
  readonly password: string | null
}

/** An identity shown only to clients that ask for `host` by SNI (RFC 6066 §3). */
export interface SniIdentity extends TlsIdentityFiles {
  /** Prepared domain. */
  readonly host: string
}

/** TLS of one listener, resolved. */
export interface TlsOptions {
  readonly mode: TlsMode
  readonly verifyMode: 'none' | 'peer' | 'selfsigned_peer'
  /** True: a missing or refused client certificate ends the connection; false: it only withholds EXTERNAL. */
  readonly disconnectOnFailure: boolean
  readonly identity: TlsIdentityFiles
  readonly sni: readonly SniIdentity[]
  /** PEM: the CAs whose client certificates are believed. Null only where none is needed. */
  readonly cacertfile: string | null
  readonly dhfile: string | null
  /** OpenSSL cipher list; null means Node's default. */
  readonly ciphers: string | null
  readonly versions: readonly TlsVersion[]
  /** Appends TLS secrets to the file named by the environment variable SSLKEYLOGFILE. */
  readonly keepSecrets: boolean
  readonly handshakeTimeoutMs: number
}
