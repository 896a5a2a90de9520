/** Tells clients where WebSocket and BOSH are (XEP-0156), in the forms of RFC 6415: XRD and JRD. */

import { isIPv6 } from 'node:net'
import { prepareDomain } from '../../jid/jid.ts'
import { escapeAttribute } from '../../xml/escape.ts'
import { answer } from './answer.ts'
import type { HttpHandler, Visit } from './handler.ts'
import type { HostMetaOptions } from './host-meta-options.ts'

/** A handler that XMPP comes in through. */
export interface StreamDoor {
  readonly kind: 'websocket' | 'bosh'
  /** Prepared domain or IP address (IPv6 in brackets); null for any. */
  readonly host: string | null
  /** Begins with a slash. */
  readonly path: string
}

/** What the handler is made of. */
export interface HostMetaParts {
  readonly options: HostMetaOptions
  /** The handlers of the same listener. */
  readonly doors: readonly StreamDoor[]
  /** Named where the client does not name a host that could be one, prepared. */
  readonly defaultHost: string
}

/** One `Link`. */
interface Link {
  readonly rel: string
  readonly href: string
}

const relations = {
  websocket: 'urn:xmpp:alt-connections:websocket',
  bosh: 'urn:xmpp:alt-connections:xbosh',
} as const

/** `signet_host_meta_handler`. Browsers may read it from pages of any origin: XEP-0156 §4 asks for that. `parts` are those in force. */
export function createHostMetaHandler(parts: () => HostMetaParts): HttpHandler {
  return {
    methods: ['GET', 'HEAD'],
    handle: (visit, response) => {
      const links = linksOf(visit, parts())
      const isJson = visit.path.endsWith('.json')
      // RFC 6415 §2 and §3.
      const type = isJson ? 'application/json' : 'application/xrd+xml; charset=utf-8'
      const headers = { 'content-type': type, 'access-control-allow-origin': '*' }
      answer(response, { status: 200, text: isJson ? formatJrd(links) : formatXrd(links), headers })
    },
    close: () => Promise.resolve(),
  }
}

function linksOf(visit: Visit, { options, doors, defaultHost }: HostMetaParts): readonly Link[] {
  const base = URL.parse(options.publicUrl ?? baseOf(visit, defaultHost))
  return (['websocket', 'bosh'] as const).flatMap((kind) => {
    const all = doors.filter((door) => door.kind === kind)
    const here = all.filter(({ host }) => host === null || host === visit.host)
    return (here.length > 0 ? here : all).map(({ host, path }) => {
      // A proxy with a name of its own answers for whatever it passes on.
      const authority = options.publicUrl !== null || host === null ? (base?.host ?? defaultHost) : withPort(host, base)
      const prefix = base?.pathname.replace(/\/$/, '') ?? ''
      return { rel: relations[kind], href: `${schemeOf(kind, base)}//${authority}${prefix}${path}` }
    })
  })
}

/** RFC 7395 §3.1: `wss` where the page came over HTTPS. */
function schemeOf(kind: StreamDoor['kind'], base: URL | null): string {
  const isSecure = base?.protocol !== 'http:'
  if (kind === 'websocket') return isSecure ? 'wss:' : 'ws:'
  return isSecure ? 'https:' : 'http:'
}

/** The scheme and authority that the client used, as far as it can be one: what it makes up goes into no link. */
function baseOf({ request, channel, host }: Visit, defaultHost: string): string {
  const [, port = ''] = /:(\d{1,5})$/.exec(request.headers.host ?? '') ?? []
  const scheme = channel.tls === null ? 'http' : 'https'
  const isName = isIPv6(host.slice(1, -1)) ? host.startsWith('[') : prepareDomain(host).ok
  const named = isName ? `${scheme}://${host}${port === '' ? '' : `:${port}`}` : ''
  return URL.canParse(named) ? named : `${scheme}://${defaultHost}`
}

function withPort(host: string, base: URL | null): string {
  return base === null || base.port === '' ? host : `${host}:${base.port}`
}

function formatXrd(links: readonly Link[]): string {
  const lines = links.map(({ rel, href }) => `  <Link rel="${rel}" href="${escapeAttribute(href)}"/>\n`)
  const root = `<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n${lines.join('')}</XRD>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}`
}

function formatJrd(links: readonly Link[]): string {
  return JSON.stringify({ links }, null, 2)
}
