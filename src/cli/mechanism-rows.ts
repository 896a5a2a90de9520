/** Which mechanisms clients are offered, for `signet check`: by port and host where that makes a difference. */

import { inForce, loginListeners, offeredFor } from '../in-force.ts'
import type { SignetOptions } from '../options.ts'
import type { SummaryRow } from './listener-summary.ts'

/** One line where all ports and hosts offer the same, else one for each difference. */
export function mechanismRows(options: SignetOptions): SummaryRow[] {
  const offers = loginListeners(options).flatMap((listener) =>
    options.general.hosts.map((host) => ({ listener: listener.name, host, text: textOf(host, listener, options) })),
  )
  const texts = new Set(offers.map(({ text }) => text))
  if (texts.size <= 1) return [[title, [...texts][0] ?? nothing]]
  const lines = [...Map.groupBy(offers, ({ listener }) => listener)].flatMap(([name, ofListener]) => {
    const byText = [...Map.groupBy(ofListener, ({ text }) => text)]
    return byText.map(([text, same]) => {
      const hosts = byText.length === 1 ? '' : `, ${same.map(({ host }) => host).join(', ')}`
      return `${name}${hosts}: ${text}`
    })
  })
  return lines.map((line, index) => [index === 0 ? title : '', line])
}

const title = 'mechanisms'
const nothing = 'none'

function textOf(host: string, listener: Parameters<typeof inForce>[1], options: SignetOptions): string {
  const offered = offeredFor(inForce(options, listener, host), options.pools)
  return offered.map((name) => name.toUpperCase()).join(', ') || nothing
}
