/** What a proxy says of a connection by the PROXY protocol, whichever of its versions it speaks. */

/** What TLS facts a proxy reports that has ended TLS (PP2_TYPE_SSL). All texts are printable ASCII but `commonName`. */
export interface ProxyTls {
  /** Whether the client showed a certificate, on this connection or on an earlier one of the same TLS session. */
  readonly presented: 'connection' | 'session' | 'no'
  /** Zero exactly if a certificate was shown and the proxy's own check of it found nothing. */
  readonly verify: number
  readonly version: string | null
  readonly cipher: string | null
  /** The subject's common name in the proxy's words. It identifies nobody: anyone can write any name into a certificate. */
  readonly commonName: string | null
  readonly signatureAlgorithm: string | null
  readonly keyAlgorithm: string | null
  /** The client's certificate, DER, not looked into. */
  readonly certificate: Uint8Array | null
}

/** What version 2 says beside the addresses. */
export interface ProxyFacts {
  readonly alpn: Uint8Array | null
  /** The server name that the client asked for, lower-case. */
  readonly authority: string | null
  readonly uniqueId: Uint8Array | null
  readonly netns: string | null
  /** Null unless the client's own connection was under TLS. */
  readonly tls: ProxyTls | null
}

/** An end of a connection. IPv6 addresses as RFC 5952 writes them, without brackets. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** One header. */
export interface ProxyHeader {
  readonly version: 1 | 2
  /** `local`: the proxy speaks for itself, to see whether the server is there. */
  readonly command: 'proxy' | 'local'
  /** The client; null where the proxy does not know, or the client came to it by other means than TCP. */
  readonly source: Endpoint | null
  readonly facts: ProxyFacts
}

/** What the first bytes of a connection are. `part` may still become a header; `length` counts the header's bytes. */
export type HeaderStep =
  | { readonly kind: 'part' }
  | { readonly kind: 'header'; readonly header: ProxyHeader; readonly length: number }
  | { readonly kind: 'refused'; readonly why: string }

/** Version 1 knows only addresses; so does version 2 without further fields. */
export const noFacts: ProxyFacts = Object.freeze({
  alpn: null,
  authority: null,
  uniqueId: null,
  netns: null,
  tls: null,
})
