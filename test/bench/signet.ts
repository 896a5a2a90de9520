/** A Signet in this process on the certificates of a benchmark. */

import type { BenchPki } from '../../bench/pki.ts'
import { domain } from '../../bench/pki.ts'
import { createServer } from '../../src/index.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'

/** A running server. Disposing of it stops it. */
export interface BenchSignet extends AsyncDisposable {
  readonly port: number
  /** Where WebSocket and BOSH are spoken, over TLS. */
  readonly webPort: number
  readonly log: RecordingLog
}

/** Starts one with an empty store in memory. */
export async function startSignet(pki: BenchPki): Promise<BenchSignet> {
  const log = createRecordingLog()
  const tls = {
    certfile: pki.serverCertificate,
    keyfile: pki.serverKey,
    cacertfile: pki.ca,
    disconnect_on_failure: false,
  } as const
  const server = createServer({
    config: {
      general: { hosts: [domain], loglevel: 'debug' },
      listen: {
        c2s: [{ ip_address: '127.0.0.1', port: 0, tls: { ...tls, mode: 'starttls_required' } }],
        http: [
          {
            ip_address: '127.0.0.1',
            port: 0,
            tls,
            handlers: {
              mongoose_websocket_handler: [{ ping_rate: 1000, pong_timeout: 1000 }],
              mongoose_bosh_handler: [{}],
            },
          },
        ],
      },
      services: { service_bosh: { max_wait: 1, inactivity: 5 } },
      session: { local: { database: ':memory:' } },
    },
    log,
  })
  const open = await server.start()
  const portOf = (kind: string) => open.find(({ name }) => name.startsWith(kind))?.port ?? 0
  return { port: portOf('c2s'), webPort: portOf('http'), log, [Symbol.asyncDispose]: () => server.stop() }
}
