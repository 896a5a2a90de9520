/** The HTTPS listener: accepts, counts, secures, and gives each request to the handler that stands at its host and path. */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Channel } from '../../certificate/channel.ts'
import type { Log } from '../../observe/log.ts'
import type { TlsDoor } from '../../transport/tls-door.ts'
import { createAdmission } from '../admission.ts'
import {
  channelOfEntry,
  clearWords,
  comeIn,
  doorOfEntry,
  type Entry,
  mayComeInClear,
  type ProxyTerms,
} from '../entry.ts'
import { createFloodLog } from '../flood-log.ts'
import { behindGate } from '../gated-door.ts'
import { createPort, type Listener } from '../listener.ts'
import type { ChannelOf } from '../proxy/forwarding.ts'
import { createThinnedLog } from '../thinned-log.ts'
import { createDispatch } from './dispatch.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { type HttpLimits, httpLimits } from './limits.ts'
import { createMounts, type Mount } from './mount.ts'
import type { HttpOptions } from './options.ts'

/** What one configuration generation gives an HTTPS listener. */
export interface HttpGeneration {
  readonly options: HttpOptions
  /** Null where HTTP is spoken in clear. */
  readonly door: TlsDoor | null
  /** Null where no proxies stand in front. */
  readonly proxy: ProxyTerms | null
  /** `log` is the listener's, which is flooded no more. */
  readonly mounts: (log: Log) => readonly Mount[]
  /** Reads what trusted proxies say of a request's client; null where nobody is trusted with it. */
  readonly forwarding: ChannelOf | null
  /** Value of the field `Server`; null leaves it out. */
  readonly serverName: string | null
}

/** The HTTPS listener. */
export type HttpListener = Listener<HttpGeneration>

/** How long handlers that a new configuration no longer has may take to end their sessions, milliseconds. */
const leaveMs = 5_000

/** A listener that is not open yet. */
export function createHttpListener(first: HttpGeneration, log: Log, limits: HttpLimits = httpLimits): HttpListener {
  const { name } = first.options
  const floodLog = createFloodLog(log)
  const admission = createAdmission(first.options, log)
  const refusals = createThinnedLog((fields) => log.info('http_request_refused', { listener: name, ...fields }))
  const mounts = createMounts(floodLog)
  const open = new Map<Socket, Promise<void>>()
  /** Those that have not come through the handshake yet. */
  const arriving = new Set<Socket>()
  const channels = new WeakMap<Duplex, Channel>()
  let generation = first
  let isClosing = false

  const http: HttpServer = createHttpServer(
    limits,
    createDispatch({
      listener: name,
      channelOf: (socket) => channels.get(socket),
      terms: () => ({ all: mounts.all, forwarding: generation.forwarding, maxBodyBytes: limits.maxBodyBytes }),
      serverName: () => generation.serverName,
      isClosing: () => isClosing,
      last: (socket) => http.last(socket),
      lingerMs: limits.lingerMs,
      refusals,
      log: floodLog,
    }),
  )
  const accept = (socket: Socket) => {
    const current = generation
    if (current.door === null && !mayComeInClear(socket, current.proxy))
      return admission.refuse(socket, 'clear', clearWords)
    const entering = comeIn(socket, admission, current.options, current.proxy)
    if (entering === null) return null
    socket.on('error', ignoreError)
    const gone = new Promise<void>((resolve) => {
      socket.once('close', () => {
        open.delete(socket)
        arriving.delete(socket)
        resolve()
      })
    })
    open.set(socket, gone)
    arriving.add(socket)
    return entering instanceof Promise
      ? entering.then((entry) => (entry === null ? undefined : serve(socket, entry, current)))
      : serve(socket, entering, current)
  }
  const serve = async (socket: Socket, entry: Entry, { door, options }: HttpGeneration): Promise<void> => {
    const { passage, remote } = entry
    const place = { listener: name, remote }
    log.debug('connection_opened', place)
    socket.once('close', () => log.debug('connection_closed', place))
    if (door === null || options.tls.identity === null) {
      passage.leave()
      enter(socket, socket, channelOfEntry(entry, 'bosh'))
      // A PROXY header leaves the socket paused, which nobody but us would end.
      return void socket.resume()
    }
    const gated = behindGate(doorOfEntry(door, entry), passage, options.tls.handshakeTimeoutMs)
    const secured = await gated.accept(socket, remote, 'http/1.1')
    if (secured.ok) return enter(socket, secured.value.socket, secured.value.channel)
    const level = entry.isCheck ? 'debug' : 'info'
    floodLog[level]('tls_handshake_failed', { listener: name, remote, why: secured.error.why })
  }
  const enter = (raw: Socket, socket: Socket, channel: Channel) => {
    arriving.delete(raw)
    if (isClosing || socket.destroyed) return void socket.destroy()
    channels.set(socket, channel)
    http.serve(socket)
  }
  const port = createPort(first.options, first.door === null ? 'none' : 'tls', accept, log)
  mounts.update(first.mounts(floodLog), 0)

  return {
    name,
    get load() {
      return admission.load
    },
    get isAccepting() {
      return port.isAccepting
    },
    open: port.open,
    update: (next) => {
      generation = next
      admission.update(next.options)
      mounts.update(next.mounts(floodLog), leaveMs)
    },
    close: async (limitMs) => {
      port.shut()
      isClosing = true
      const force = setTimeout(() => {
        for (const socket of open.keys()) socket.destroy()
      }, limitMs)
      for (const socket of arriving) socket.destroy()
      await mounts.close(limitMs)
      http.shut()
      await Promise.all(open.values())
      clearTimeout(force)
      http.close()
      admission.close()
      refusals.close()
      floodLog.close()
      port.close()
    },
  }
}

/** An error is always followed by 'close', which is what counts. */
function ignoreError(): void {}
