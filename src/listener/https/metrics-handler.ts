/** Answers Prometheus, and nobody else: metrics tell strangers more than they should know. */

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Exposition } from '../../observe/prometheus.ts'
import { createTrustedAddresses } from '../proxy/trusted-addresses.ts'
import { type Answer, answer } from './answer.ts'
import type { HttpHandler, Visit } from './handler.ts'
import type { MetricsOptions } from './metrics-options.ts'

/** What the handler is made of. */
export interface MetricsParts {
  readonly options: MetricsOptions
  readonly scrape: () => Promise<Exposition>
}

/** `signet_metrics_handler`: 200 with the metrics; 401 without the token, 403 from elsewhere. `parts` are those in force. */
export function createMetricsHandler(parts: () => MetricsParts): HttpHandler {
  // Two scrapes at one time read the same numbers.
  let running: Promise<Exposition> | null = null
  const scrape = (ask: MetricsParts['scrape']): Promise<Exposition> => {
    running ??= ask().finally(() => {
      running = null
    })
    return running
  }
  return {
    methods: ['GET', 'HEAD'],
    handle: (visit, response) => {
      const { options, scrape: ask } = parts()
      const refusal = refuse(visit, options)
      if (refusal !== null) return answer(response, refusal)
      scrape(ask).then(
        ({ type, text }) => answer(response, { status: 200, text: text.trimEnd(), headers: { 'content-type': type } }),
        () => answer(response, { status: 500, text: 'the metrics cannot be read' }),
      )
    },
    close: () => Promise.resolve(),
  }
}

function refuse(visit: Visit, { addresses, bearerToken }: MetricsOptions): Answer | null {
  if (addresses !== null && !comesFrom(visit, addresses)) {
    return { status: 403, text: 'metrics are for the addresses of allowed_addresses only' }
  }
  if (bearerToken === null || showsToken(visit.request, bearerToken)) return null
  const headers = { 'www-authenticate': 'Bearer realm="metrics"' }
  return { status: 401, text: 'metrics need the token of bearer_token', headers }
}

function comesFrom({ request, channel }: Visit, ranges: NonNullable<MetricsOptions['addresses']>): boolean {
  const address = channel.remote.slice(0, channel.remote.lastIndexOf(':'))
  // A proxy that nobody has called trusted passes strangers on under its own address: it must not make them neighbours.
  const isForwarded = forwardFields.some((name) => request.headers[name] !== undefined)
  const isItself = address === request.socket.remoteAddress
  return !(isForwarded && isItself) && createTrustedAddresses(ranges).includes(address)
}

const forwardFields = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/** RFC 6750 §2.1. Compared by digest: the time it takes tells nothing of the token. */
function showsToken(request: IncomingMessage, token: string): boolean {
  const [, shown = ''] = /^Bearer +([^ ]+) *$/i.exec(request.headers.authorization ?? '') ?? []
  return timingSafeEqual(digest(shown), digest(token))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
