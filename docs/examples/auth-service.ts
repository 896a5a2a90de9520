/**
 * A service for Signet's method `http` with `api = "json"`: it checks who asks, and says who may log in.
 * `auth-service.ts [folder with service.secret] [port]`; the protocol is told in docs/backends/http.md.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'

const [folder = '.', port = '8090'] = process.argv.slice(2)
const secret = readFileSync(join(folder, 'service.secret'), 'utf8').trim()

/** Longest question; a whole certificate takes up to 64 KiB. */
const maxQuestionBytes = 256 * 1024

/** How far the clocks of the two machines may be apart, seconds; an older question may have been recorded and sent again. */
const maxAgeS = 60

/** What we use of a question. */
interface Question {
  readonly evidence: 'certificate' | 'password'
  readonly jid: string | null
  readonly domain: string
  readonly certificate?: { readonly serial: string; readonly sha256: string }
}

type Answer = { verdict: 'allow'; jid?: string } | { verdict: 'deny'; reason?: string } | { verdict: 'unknown' }

const accounts = new Map([
  ['alice@localhost', { onLeave: false }],
  ['bob@localhost', { onLeave: true }],
  // Logs in with her old certificate until she gets one in her new name.
  ['carol.smith@localhost', { onLeave: false, nowCalled: 'carol.jones@localhost' }],
])

function judge({ evidence, jid }: Question): Answer {
  const account = accounts.get(jid ?? '')
  // Only `unknown` lets the next method of `auth.methods` speak.
  if (evidence !== 'certificate' || account === undefined) return { verdict: 'unknown' }
  if (account.onLeave) return { verdict: 'deny', reason: 'on leave' }
  return { verdict: 'allow', ...('nowCalled' in account && { jid: account.nowCalled }) }
}

/** Whether the header `signet-signature: t=…,v1=…` belongs to this body, was made with our secret, and just now. */
function isSigned(header: unknown, body: Buffer): boolean {
  const [, time, signature] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(String(header)) ?? []
  if (time === undefined || signature === undefined) return false
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest()
  const isFresh = Math.abs(Date.now() / 1000 - Number(time)) <= maxAgeS
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) && isFresh
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maxQuestionBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request).catch(() => null)
  if (request.method !== 'POST' || body === null || !isSigned(request.headers['signet-signature'], body)) {
    response.writeHead(403).end()
    return
  }
  const question: Question = JSON.parse(body.toString())
  const answer = judge(question)
  console.log(JSON.stringify({ jid: question.jid, ...answer }))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
})

server.requestTimeout = 5_000
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) console.log(`listening on 127.0.0.1:${address.port}`)
})
process.once('SIGTERM', () => server.close())
