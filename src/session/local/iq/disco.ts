/** Service discovery (XEP-0030): says what the list of handlers does, and nothing else. */

import { attributeOf, type Element } from '../../../xml/element.ts'
import { NS } from '../../../xml/namespaces.ts'
import { attribute } from '../stanza.ts'
import { fault, type IqAnswer, type IqHandler, type IqPlace, result } from './handler.ts'

/** `disco#info` over `handlers`; the name is the server's. */
export function createDiscoInfo(handlers: readonly IqHandler[]): IqHandler {
  const self: IqHandler = {
    name: 'query',
    xmlns: NS.discoInfo,
    types: ['get'],
    places: ['server', 'account'],
    features: [NS.discoInfo],
    handle: ({ software }, { payload, place }) => {
      if (hasNode(payload)) return fault('item-not-found')
      const identity =
        place === 'server'
          ? `<identity category='server' type='im'${attribute('name', software.name)}/>`
          : "<identity category='account' type='registered'/>"
      const features = featuresAt(place, [self, ...handlers])
      const markup = features.map((feature) => `<feature${attribute('var', feature)}/>`).join('')
      return result(`<query xmlns='${NS.discoInfo}'>${identity}${markup}</query>`)
    },
  }
  return self
}

function featuresAt(place: IqPlace, handlers: readonly IqHandler[]): readonly string[] {
  // Clients ask the server for what it does for their accounts, too.
  const served = handlers.filter(({ places }) => place === 'server' || places.includes(place))
  const features = new Set(served.flatMap((handler) => handler.features))
  // XEP-0160 §4: served by the delivery of messages, not by a request.
  if (place === 'server') features.add(NS.offline)
  return [...features].sort()
}

/** `disco#items`: neither the server nor an account has any. */
export const discoItemsHandler: IqHandler = {
  name: 'query',
  xmlns: NS.discoItems,
  types: ['get'],
  places: ['server', 'account'],
  features: [NS.discoItems],
  handle: (_realm, { payload }): IqAnswer =>
    hasNode(payload) ? fault('item-not-found') : result(`<query xmlns='${NS.discoItems}'/>`),
}

function hasNode(query: Element): boolean {
  return (attributeOf(query, 'node') ?? '') !== ''
}
