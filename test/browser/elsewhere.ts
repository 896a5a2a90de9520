/** Pages on another origin than Signet: the examples of docs/browsers.md, with the libraries that they load. */

import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join, normalize } from 'node:path'
import type { Site } from './site.ts'

const root = dirname(dirname(import.meta.dirname))
const examples = join(root, 'docs', 'examples', 'browser')
const converse = join(root, 'node_modules', 'converse.js', 'dist')
const strophe = join(root, 'node_modules', 'strophe.js', 'dist')

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

/** A web server that knows nothing of XMPP, and asks nobody for a certificate. */
export interface Elsewhere extends AsyncDisposable {
  readonly origin: string
  /** The address of an example as `jid`, over a door; strophe.js may be given a password. */
  page(name: 'strophe' | 'converse', jid: string, door: 'websocket' | 'bosh', password?: string): string
  /** The site that the examples log in to. */
  pointTo(site: Site): void
}

/** Starts it on a free port, where it can answer as soon as it points to a site, whose server certificate it shows. */
export async function startElsewhere(): Promise<Elsewhere> {
  let target = ''
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'https://localhost')
    const file = fileOf(url.pathname)
    try {
      const content = readFileSync(file)
      const body = file.endsWith('.html') ? filledIn(content.toString(), url.searchParams, target) : content
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    page: (name, jid, door, password = '') =>
      `${origin}/${name}.html?${new URLSearchParams({ jid, door, ...(password !== '' && { password }) })}`,
    pointTo: (site) => {
      target = site.origin
      server.setSecureContext({ cert: site.catalogue.server.pem, key: site.catalogue.server.keyPem })
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Only what the pages load, and nothing above it. */
function fileOf(path: string): string {
  const plain = normalize(path)
  if (plain.startsWith('/converse/')) return join(converse, plain.slice('/converse'.length))
  return plain === '/strophe.umd.min.js' ? join(strophe, plain) : join(examples, plain)
}

/** The examples as they stand, but for what each site fills in itself. */
function filledIn(html: string, query: URLSearchParams, target: string): string {
  const own = [
    ["'https://xmpp.example.org:5285'", `'${target}'`],
    ["'alice@example.org'", `'${query.get('jid')}'`],
    ["const door = 'websocket'", `const door = '${query.get('door')}'`],
    ...(query.has('password') ? [["const password = ''", `const password = '${query.get('password')}'`] as const] : []),
  ] as const
  return own.reduce((text, [example, value]) => {
    if (!text.includes(example)) throw new Error(`the example has no ${example}`)
    return text.replace(example, value)
  }, html)
}
