/** A Signet in this process on the certificates of a benchmark. */

import type { BenchPki } from '../../bench/pki.ts'
import { domain } from '../../bench/pki.ts'
import { createServer } from '../../src/index.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'

/** A running server. Disposing of it stops it. */
export interface BenchSignet extends AsyncDisposable {
  readonly port: number
  readonly log: RecordingLog
}

/** Starts one with an empty store in memory. */
export async function startSignet(pki: BenchPki): Promise<BenchSignet> {
  const log = createRecordingLog()
  const tls = {
    mode: 'starttls_required',
    certfile: pki.serverCertificate,
    keyfile: pki.serverKey,
    cacertfile: pki.ca,
    disconnect_on_failure: false,
  } as const
  const server = createServer({
    config: {
      general: { hosts: [domain] },
      listen: { c2s: [{ ip_address: '127.0.0.1', port: 0, tls }] },
      session: { local: { database: ':memory:' } },
    },
    log,
  })
  const [{ port } = { port: 0 }] = await server.start()
  return { port, log, [Symbol.asyncDispose]: () => server.stop() }
}
