/**
 * Which web pages may come in, by WebSocket (RFC 6455 §10.2) or BOSH. A browser adds the user's certificate to a connection
 * whichever page asks for it, so that any page of the web could log in as its visitor: pages are believed by name only.
 */

/** Whose pages are let in. */
export interface OriginPolicy {
  /** Origins such as `https://chat.example.org`, beside the host that the request itself is for; `*` lets in every page. */
  readonly origins: readonly string[]
}

/** Lets in every page; for sites whose users have no certificates. */
export const anyOrigin = '*'

/** What is known of a request. */
export interface OriginScene {
  /** The `Origin` header; browsers always send it, other clients have no need to. */
  readonly origin: string | undefined
  /** The `Host` header, port included. */
  readonly host: string | undefined
  /** Whether the connection is known to be under TLS; false also where a proxy in front has it. */
  readonly isSecure: boolean
}

/** Whether the page that a request comes from may open a connection. */
export function isOriginAllowed({ origin, host, isSecure }: OriginScene, { origins }: OriginPolicy): boolean {
  if (origin === undefined || origins.includes(anyOrigin)) return true
  const page = originOf(origin)
  if (page === null) return false
  if (origins.some((listed) => originOf(listed)?.origin === page.origin)) return true
  // A page that came in clear may have been changed on its way: it is not the same site.
  if (page.protocol !== 'https:' && (isSecure || page.protocol !== 'http:')) return false
  return originOf(`${page.protocol}//${host ?? ''}`)?.host === page.host
}

/** Null for what is no origin of a host: `null` as sandboxed pages and files send it, a list, a path. */
function originOf(text: string): URL | null {
  const url = URL.parse(text)
  if (url === null || url.origin === 'null' || url.host === '') return null
  return url.href === `${url.origin}/` && !/[\s/?#@\\]$/.test(text) ? url : null
}
