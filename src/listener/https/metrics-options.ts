/** Options of `[[listen.http.handlers.signet_metrics_handler]]`: who may read the metrics. */

import type { z } from 'zod'
import { section, text, texts } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import { type AddressRange, parseRange } from '../proxy/trusted-addresses.ts'
import { placeShape } from './place-options.ts'

/** Who may read metrics, resolved. */
export interface MetricsOptions {
  /** Ranges of addresses; null lets every address in, which then needs the token. */
  readonly addresses: readonly AddressRange[] | null
  /** Null where the address is enough. Never both null. Never logged. */
  readonly bearerToken: string | null
}

/** Where Prometheus looks for it. */
export const metricsPath = '/metrics'

/** Who may read metrics where nothing is said. */
export const loopbackRanges: readonly AddressRange[] = [
  { address: '127.0.0.0', bits: 8 },
  { address: '::1', bits: 128 },
]

// RFC 6750 §2.1: the characters of a bearer token. Fewer than 16 of them can be guessed.
const tokenForm = /^[A-Za-z0-9._~+/-]{16,256}=*$/

/** `[[listen.http.handlers.signet_metrics_handler]]`. */
export const metricsSection = section('Counters in the text format of Prometheus.', {
  ...placeShape(metricsPath),
  allowed_addresses: texts({
    says: 'Addresses that may read the metrics; everybody else is told no.',
    allowed: 'a list of at least one IP address or range such as "10.0.0.0/8", each once',
    each: 'an IP address, or a range of them',
    byDefault: 'this machine; with `bearer_token`, any address',
  }),
  bearer_token: text({
    says: 'A token that whoever reads the metrics must show as well (`Authorization: Bearer …`).',
    allowed: 'at least 16 letters, digits and any of . _ ~ + / -',
    byDefault: 'none is asked for',
    secret: true,
    test: (value) => tokenForm.test(value),
  }),
})

/** `[[listen.http.handlers.signet_metrics_handler]]` with its defaults. */
export function resolveMetrics(values: z.output<typeof metricsSection>, place: Place): MetricsOptions {
  const { allowed_addresses: allowed, bearer_token: bearerToken = null } = values
  if (allowed === undefined) return { addresses: bearerToken === null ? loopbackRanges : null, bearerToken }
  const addresses = allowed.flatMap((range, index) => {
    const parsed = parseRange(range)
    if (parsed.ok) return [parsed.value]
    const { why, meant } = parsed.error
    place.at('allowed_addresses', index).error('bad-value', why, meant ?? undefined)
    return []
  })
  return { addresses, bearerToken }
}
