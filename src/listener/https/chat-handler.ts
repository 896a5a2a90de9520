/** Serves the chat page (`signet_chat_handler`): its files from memory, and what the server saw of the visitor. */

import type { ServerResponse } from 'node:http'
import type { ChatAsset, ChatAssets } from './chat-assets.ts'
import { below, chatFiles, sessionName } from './chat-options.ts'
import { type ChatTerms, describeSession } from './chat-session.ts'
import type { HttpHandler, Visit } from './handler.ts'

/** What may differ from one configuration generation to the next. */
export interface ChatGeneration extends ChatTerms {
  /** Path of the page, without a slash at its end unless it is `/`. */
  readonly path: string
}

/**
 * Nothing but this page's own files runs on it, and nobody frames it. `'self'` covers WebSockets of the same origin
 * (CSP 3 §6.7.2.8).
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const guards = {
  'Content-Security-Policy': contentPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const

/** The handler. `generation` is asked at every request. */
export function createChatHandler(assets: ChatAssets, generation: () => ChatGeneration): HttpHandler {
  return {
    methods: ['GET', 'HEAD'],
    handle: (visit, response) => {
      const terms = generation()
      const { path } = visit
      if (path === terms.path && path !== '/') return redirect(response, `${path}/`)
      if (path === below(terms.path, sessionName)) return sendSession(visit, terms, response)
      const name = chatFiles.find((each) => path === below(terms.path, each))
      if (name === undefined) return send(visit, response, 404, plain, Buffer.from('There is nothing here.\n'))
      sendAsset(visit, assets[name], response)
    },
    close: async () => {},
  }
}

const plain = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' }

/** The page's files have names without a folder, which only a path with a slash at its end makes the right ones. */
function redirect(response: ServerResponse, location: string): void {
  response.writeHead(308, { ...guards, Location: location, 'Content-Length': 0 }).end()
}

/** RFC 9110 §13.1.2: what the browser has still is what there is. */
function sendAsset(visit: Visit, { body, type, etag }: ChatAsset, response: ServerResponse): void {
  // Kept, but asked about each time: a new version of the page is a new page at once.
  const headers = { ETag: etag, 'Cache-Control': 'no-cache' }
  const known = visit.request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (known?.some((tag) => tag === etag || tag === '*')) {
    response.writeHead(304, { ...guards, ...headers }).end()
    return
  }
  send(visit, response, 200, { ...headers, 'Content-Type': type }, body)
}

function sendSession(visit: Visit, terms: ChatTerms, response: ServerResponse): void {
  const body = Buffer.from(JSON.stringify(describeSession(terms, visit.host, visit.channel)))
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' }
  send(visit, response, 200, headers, body)
}

function send(
  { request }: Visit,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): void {
  response.writeHead(status, { ...guards, ...headers, 'Content-Length': body.length })
  if (request.method === 'HEAD') response.end()
  else response.end(body)
}
