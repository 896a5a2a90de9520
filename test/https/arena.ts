/** An HTTPS listener alone, with handlers and limits of the test's own, in clear or behind TLS. */

import { createConnection, type Socket } from 'node:net'
import { createCertificateCache } from '../../src/certificate/facts.ts'
import type { HttpHandler, Visit } from '../../src/listener/https/handler.ts'
import { type HttpLimits, httpLimits } from '../../src/listener/https/limits.ts'
import { createHttpListener, type HttpGeneration, type HttpListener } from '../../src/listener/https/listener.ts'
import { type Mount, mountOf } from '../../src/listener/https/mount.ts'
import type { HttpOptions } from '../../src/listener/https/options.ts'
import { createTlsDoor } from '../../src/transport/tls-door.ts'
import { readTlsMaterial } from '../../src/transport/tls-material.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import type { Catalogue } from '../support/pki/catalogue.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'
import { type PreparedOptions, prepareOptions } from '../support/server.ts'

/** What a test wants of the listener. */
export interface ArenaPlan {
  readonly catalogue: Catalogue
  readonly tls?: boolean
  readonly limits?: Partial<HttpLimits>
  readonly mounts: readonly Mount[]
}

/** A listener that listens on 127.0.0.1. */
export interface Arena extends AsyncDisposable {
  readonly listener: HttpListener
  readonly generation: HttpGeneration
  readonly port: number
  readonly log: RecordingLog
}

/** Opens it. */
export async function openArena({ catalogue, tls = false, limits, mounts }: ArenaPlan): Promise<Arena> {
  const prepared = await prepareOptions({ catalogue, https: { handlers: [] } })
  const log = createRecordingLog()
  const generation = await generationOf(prepared, tls, mounts)
  const listener = createHttpListener(generation, log, { ...httpLimits, ...limits })
  const opened = await listener.open()
  if (!opened.ok) throw new Error(opened.error.code)
  return {
    listener,
    generation,
    port: opened.value.port,
    log,
    [Symbol.asyncDispose]: async () => {
      await listener.close(1_000)
      await prepared[Symbol.asyncDispose]()
    },
  }
}

async function generationOf(
  { options }: PreparedOptions,
  tls: boolean,
  mounts: readonly Mount[],
): Promise<HttpGeneration> {
  const [listener] = options.http
  if (listener?.tls.identity == null) throw new Error('no https listener')
  const clear = { identity: null, verifyMode: 'none', disconnectOnFailure: false, cacertfile: null } as const
  const here: HttpOptions = tls ? listener : { ...listener, tls: clear }
  const door = createTlsDoor({
    ...(await readTlsMaterial(listener.tls)),
    ...{ verifyMode: 'peer', ciphers: null, versions: ['tlsv1.2', 'tlsv1.3'], handshakeMs: 5_000, keyLog: null },
    ...{ certificates: createCertificateCache(100), validate: validatePath, now: Date.now },
  })
  return {
    options: here,
    door: tls ? door : null,
    proxy: null,
    mounts: () => mounts,
    forwarding: null,
    serverName: null,
  }
}

/** A handler at a path of any host. */
export function mountAt(path: string, handler: Partial<HttpHandler>, more: Partial<Mount> = {}): Mount {
  const place = { key: path, host: null, paths: [path], hasSubtree: false, login: null, transport: 'bosh' } as const
  const whole: HttpHandler = {
    methods: ['GET', 'POST'],
    handle: () => undefined,
    close: async () => undefined,
    ...handler,
  }
  return mountOf({ ...place, ...more }, null, () => whole)
}

/** Answers every request with its body, as soon as that is there. */
export const echo: Pick<HttpHandler, 'handle'> = {
  handle: ({ request }: Visit, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => response.end(Buffer.concat(parts)))
    request.on('error', () => undefined)
  },
}

/** A connection in clear. */
export function openClear(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject).on('error', () => undefined)
      resolve(socket)
    })
  })
}
