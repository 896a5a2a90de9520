/** Options of all ports (`[listen]`), whatever they speak, and of the services behind them (`[services]`). */

import type { z } from 'zod'
import type { MappingRuleOptions } from './certificate/mapping/rule.ts'
import { section, sections, sectionWith } from './config/declare.ts'
import type { Place } from './config/place.ts'
import { type C2sOptions, c2sSection, c2sSectionWith, resolveC2s } from './listener/c2s-options.ts'
import { type Endpoint, endpointFault } from './listener/endpoints.ts'
import { boshServiceSection, resolveBoshService } from './listener/https/bosh-options.ts'
import { type HttpOptions, httpSection, httpSectionWith, resolveHttp } from './listener/https/options.ts'
import type { ListenerOptions } from './listener/listener-options.ts'

/** Every listener, resolved, each kind in the order of the file. */
export interface ListenOptions {
  readonly c2s: readonly C2sOptions[]
  readonly http: readonly HttpOptions[]
}

/** Where each listener stands in the file. */
export type ListenerPlaces = ReadonlyMap<ListenerOptions, Place>

/** `[listen]`. */
export const listenSection = section(
  'The ports that clients connect to.',
  { c2s: sections(c2sSection), http: sections(httpSection) },
  {
    notYet: {
      s2s: { feature: 'server-to-server connections' },
      component: { feature: 'connections of external components' },
      service: { feature: 'connections of external components' },
    },
  },
)

/** `[listen]` where backends of these names are handed in beside the built-in ones. */
export function listenSectionWith(own: readonly string[]): typeof listenSection {
  return sectionWith(listenSection, { c2s: sections(c2sSectionWith(own)), http: sections(httpSectionWith(own)) })
}

/** `[services]`. */
export const servicesSection = section(
  'What runs behind the ports.',
  { service_bosh: boshServiceSection.optional() },
  {
    meaningless: {
      service_mongoose_system_metrics: 'has no meaning in Signet, which reports nothing to anybody; it can be removed',
    },
    notYet: {
      service_admin_extra: { feature: 'administration commands' },
      service_domain_db: { feature: 'dynamic domains' },
    },
  },
)

type ListenValues = z.output<typeof listenSection> | undefined
type ServicesValues = z.output<typeof servicesSection> | undefined

/** Every listener, and where it stands; `rules` are those that it may name, `root` is the place of the file. */
export function resolveListen(
  values: ListenValues,
  services: ServicesValues,
  rules: readonly MappingRuleOptions[],
  root: Place,
): { readonly listen: ListenOptions; readonly places: ListenerPlaces } {
  const place = root.at('listen')
  const places = new Map<ListenerOptions, Place>()
  const seen = new Map<Endpoint, Place>()
  const bosh = resolveBoshService(services?.service_bosh ?? boshServiceSection.parse({}))
  const resolve = <V extends Endpoint, O extends ListenerOptions>(
    kind: 'c2s' | 'http',
    list: readonly V[],
    one: (listener: V, at: Place) => O | null,
  ): O[] => {
    const result: O[] = []
    for (const [index, listener] of list.entries()) {
      const at = place.at(kind, index)
      const options = one(listener, at)
      checkEndpoint(listener, seen, at)
      if (options === null) continue
      result.push(options)
      places.set(options, at)
    }
    return result
  }
  const c2s = resolve('c2s', values?.c2s ?? [], (listener, at) => resolveC2s(listener, at, rules))
  const http = resolve('http', values?.http ?? [], (listener, at) => resolveHttp(listener, at, rules, bosh))
  const isEmpty = (values?.c2s ?? []).length + (values?.http ?? []).length === 0
  // A refused list has said already why nothing listens.
  if (isEmpty && !place.at('http').isSpoiled) place.at('c2s').error('missing', nothingListens)
  return { listen: { c2s, http }, places }
}

const nothingListens = 'nothing listens: add a `[[listen.c2s]]` section with `port` and `tls`'

function checkEndpoint(endpoint: Endpoint, seen: Map<Endpoint, Place>, at: Place) {
  // Without a good address nobody knows what it meets.
  if (at.at('ip_address').isSpoiled) return
  for (const [other, place] of seen) {
    const fault = endpointFault(other, endpoint)
    if (fault === null) continue
    at.at('port').error('duplicate', fault, { clashesWith: place.at('port') })
    break
  }
  seen.set(endpoint, at)
}
