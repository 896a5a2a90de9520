/**
 * A client over WebSocket that sends any bytes: the server's frames are sound and its messages documents of their own; the
 * stream ends with the code that is due; elements come through unchanged; what is no fault is not taken for one.
 */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { Channel } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { standard } from '../../src/certificate/identity.ts'
import { noMetrics } from '../../src/observe/metrics.ts'
import { ok } from '../../src/result.ts'
import { createExternal } from '../../src/sasl/external.ts'
import type { SessionHost } from '../../src/session/contract.ts'
import { sasl } from '../../src/stream/features/sasl.ts'
import type { StreamPolicy } from '../../src/stream/policy.ts'
import { runStream } from '../../src/stream/run-stream.ts'
import { WebSocketTransport } from '../../src/transport/websocket.ts'
import { createUpgrader } from '../../src/transport/websocket-upgrade.ts'
import { serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS, STRANGER_XML_LIMITS } from '../../src/xml/limits.ts'
import { NS } from '../../src/xml/namespaces.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { readClientFrames } from '../websocket/frame-reader.ts'
import { opcodes, readFrame } from '../websocket/frames.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { expect, type FuzzTarget } from './target.ts'
import { clientChunks } from './websocket-generator.ts'

const maxAttempts = 3
const longMs = 60_000
/** Turns of the event loop in which a stream must be over, once its client is gone. */
const maxTurns = 200

/** What the stream came to behind the wire. */
interface Backstage {
  readonly faults: unknown[]
  readonly echoed: string[]
  sessions: number
}

/** Fuzzes the WebSocket transport under the stream loop. An input is a list of chunks. */
export function createWebSocketTarget(): FuzzTarget {
  const channel = channelOf()
  const upgrade = createUpgrader(DEFAULT_XML_LIMITS.maxStanzaBytes)
  return {
    name: 'websocket',
    quickInputs: 3000,
    longShare: 60_000,
    generate: (random) => packFrames(clientChunks(random)),
    check: async (input) => {
      // Copies: ws takes the masks off in place.
      const chunks = unpackFrames(input).map((chunk) => Buffer.from(chunk))
      const sent = Buffer.concat(chunks)
      const backstage: Backstage = { faults: [], echoed: [], sessions: 0 }
      const socket = new MemorySocket()
      const over = open(socket, channel, upgrade, policyOf(backstage))
      let isOver = false
      void over.then(() => {
        isOver = true
      })
      for (const chunk of chunks) await socket.arrive(chunk)
      socket.push(null)
      for (let turns = 0; !isOver; turns += 1) {
        expect(turns < maxTurns, 'not over when its client was gone')
        await nextTurn()
      }
      checkEnd(sent, Buffer.concat(socket.written), backstage)
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** As much of a socket as the transport and ws ask for. */
class MemorySocket extends Duplex {
  readonly written: Buffer[] = []
  bytesRead = 0

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(Buffer.from(chunk))
    done()
  }

  /** Bytes of the client's; resolves when they had their time. */
  async arrive(chunk: Buffer): Promise<void> {
    if (this.destroyed) return
    this.bytesRead += chunk.length
    this.push(chunk)
    await nextTurn()
  }
}

function open(
  memory: MemorySocket,
  channel: Channel,
  upgrade: ReturnType<typeof createUpgrader>,
  policy: StreamPolicy,
): Promise<void> {
  const socket = memory as unknown as Socket
  const headers = {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
  }
  const request = {
    method: 'GET',
    headers: { ...headers, 'sec-websocket-protocol': 'xmpp' },
  } as unknown as IncomingMessage
  const heartbeat = { pingMs: longMs, pongMs: longMs, timeoutMs: longMs }
  const terms = {
    xmlLimits: DEFAULT_XML_LIMITS,
    defaultHost: 'a.example',
    heartbeat,
    seeOtherUri: null,
    lingerMs: longMs,
  }
  return new Promise((resolve) => {
    upgrade(request, socket, Buffer.alloc(0), (frames) => {
      memory.written.length = 0
      resolve(runStream(new WebSocketTransport(frames, socket, channel, terms), [sasl], policy))
    })
  })
}

function channelOf(): Channel {
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null }
  const parsed = parseCertificate(createCatalogue('a.example').get('one').leafDer)
  if (!parsed.ok) throw new TypeError('the catalogue is broken')
  const peer = { kind: 'certificate', certificate: parsed.value, chain: { kind: 'trusted', chain: [] } } as const
  return Object.freeze({ transport: 'websocket', remote: '192.0.2.1:1', tls, peer })
}

function policyOf(backstage: Backstage): StreamPolicy {
  const ignore = () => undefined
  return {
    listener: 'fuzz',
    hosts: new Set(['a.example']),
    defaultHost: 'a.example',
    of: () => ({
      certificates: { policy: 'optional', verifyMode: 'peer', disconnectOnFailure: false },
      mechanisms: [createExternal([standard])],
      authority: createAuthority([createPkiBackend()]),
    }),
    host: echoHost(backstage),
    terms: { legacySession: false },
    throttle: null,
    metrics: noMetrics,
    limits: { stateMs: longMs, loginMs: longMs, maxAttempts, authMs: longMs },
    log: {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (event, fields) => void backstage.faults.push(event, fields?.['cause']),
    },
  }
}

/** Sessions that say again what they hear. */
function echoHost(backstage: Backstage): SessionHost {
  return {
    open: async () => {
      backstage.sessions += 1
      return ok({
        carry: async (conduit) => {
          for (;;) {
            const event = await conduit.read()
            if (event.kind === 'open') await conduit.open({ from: 'a.example', to: event.header.from, id: 'x' }, '')
            else if (event.kind === 'element') {
              backstage.echoed.push(serialize(event.element, ''))
              await conduit.write(serialize(event.element))
            } else
              return conduit.close(event.kind === 'fault' ? { condition: event.condition, text: event.why } : undefined)
          }
        },
        abandon: () => undefined,
      })
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** What the server said, taken apart. */
interface Said {
  readonly messages: readonly string[]
  readonly pongs: number
  /** Undefined where no Close frame came; null for one without a code. */
  readonly code: number | null | undefined
}

function checkEnd(sent: Buffer, got: Buffer, { faults, echoed, sessions }: Backstage): void {
  expect(faults.length === 0, `a fault of ours: ${faults.map(String).join(' ')}`)
  const said = takeApart(got)
  const documents = said.messages.map((message) => {
    const parsed = parseElement(message, DEFAULT_XML_LIMITS)
    expect(parsed.ok, `no document of its own: ${message}`)
    return serialize(parsed.value, '')
  })
  const successes = documents.findIndex((document) => document.startsWith('<success '))
  expect((successes >= 0 ? 1 : 0) <= sessions && sessions <= 1, 'success and session do not match')
  const inSession = successes < 0 ? [] : documents.slice(successes + 1)
  const heard = inSession.filter(
    (document) => !isGoodbye(document) && !document.startsWith(`<open xmlns='${NS.framing}'`),
  )
  expect(
    heard.every((document, at) => document === echoed[at]),
    'an element changed on its way',
  )
  checkGoodbye(documents, said, sent)
}

const errorStart = `<error xmlns='${NS.streams}'`
const isGoodbye = (document: string) =>
  document.startsWith(errorStart) || document.startsWith(`<close xmlns='${NS.framing}'`)

function takeApart(bytes: Buffer): Said {
  const messages: string[] = []
  let pongs = 0
  let code: Said['code']
  for (let rest = bytes; rest.length > 0; ) {
    const cut = readFrame(rest)
    expect(cut !== null, 'half a frame')
    expect(code === undefined, 'a frame behind Close')
    rest = cut.rest
    const { opcode, payload } = cut.frame
    if (opcode === opcodes.text) messages.push(payload.toString('utf8'))
    else if (opcode === opcodes.pong) pongs += 1
    else if (opcode === opcodes.close) code = payload.length === 0 ? null : payload.readUInt16BE(0)
    else expect(false, `opcode ${opcode}`)
  }
  return { messages, pongs, code }
}

/** Conditions that say that frames were broken, or too long. */
const framingConditions = ['undefined-condition', 'unsupported-encoding', 'policy-violation']

function checkGoodbye(documents: readonly string[], { code, pongs }: Said, sent: Buffer): void {
  const due = readClientFrames(sent, DEFAULT_XML_LIMITS.maxStanzaBytes)
  const strict = readClientFrames(sent, STRANGER_XML_LIMITS.maxStanzaBytes)
  expect(pongs <= due.pings, 'a pong that nobody asked for')
  const at = documents.findIndex((document) => document.startsWith(errorStart))
  if (at < 0) {
    // It ended in order, or its client was gone: nothing was wrong with the frames up to there.
    if (code !== undefined && code !== 1000)
      expect(due.end.kind === 'closed' && due.end.code === code, `Close ${code}, for nothing`)
    const isClosed = documents.some((document) => document.startsWith(`<close xmlns='${NS.framing}'`))
    expect(isClosed || code === 1000 || due.end.kind !== 'broken', 'broken frames went unnoticed')
    return
  }
  const condition = /^<error [^>]*><([a-z-]+) /.exec(documents[at] ?? '')?.[1] ?? ''
  expect(
    documents[at + 1]?.startsWith('<close ') === true && documents.length === at + 2,
    'more, or less, behind an error',
  )
  // The client may have said Close, or gone, before.
  if (code === undefined) return
  expect([1001, 1002, 1003, 1007, 1008, 1009, 1011].includes(code ?? 0), `Close ${code} behind ${condition}`)
  if (!framingConditions.includes(condition)) return
  if (condition === 'undefined-condition')
    expect(due.end.kind === 'broken' || strict.end.kind === 'broken', 'sound frames were refused')
  const isSame = (end: typeof due.end) => end.kind === 'broken' && end.code === code
  if (code === 1007 || code === 1009) {
    const isOfXml =
      documents[at]?.includes('>declared encoding') === true || /message of more than|lone/.test(documents[at] ?? '')
    expect(isSame(due.end) || isSame(strict.end) || isOfXml, `Close ${code} for nothing`)
  }
}
