/** Private XML storage (XEP-0049): Gajim keeps its roster delimiter, notes and bookmarks there. */

import { childElementsOf, type Element, namespaceOf, serialize } from '../../../xml/element.ts'
import { escapeAttribute } from '../../../xml/escape.ts'
import { NS } from '../../../xml/namespaces.ts'
import type { Realm } from '../realm.ts'
import { fault, type IqAnswer, type IqHandler, result } from './handler.ts'

/** `jabber:iq:private`, for the account's own resources only. */
export const privateXmlHandler: IqHandler = {
  name: 'query',
  xmlns: NS.private,
  types: ['get', 'set'],
  places: ['account'],
  features: [NS.private],
  handle: (realm, { type, payload, session }) => {
    const elements = childElementsOf(payload)
    const isForeign = (element: Element) => !['', NS.private, NS.client].includes(namespaceOf(element))
    if (elements.length === 0) return fault('bad-request', 'which element?')
    if (!elements.every(isForeign)) return fault('not-acceptable', 'an element needs a namespace of its own')
    return type === 'get' ? read(realm, session.owner, elements) : write(realm, session.owner, elements)
  },
}

function read({ store }: Realm, owner: string, elements: readonly Element[]): IqAnswer {
  const [element] = elements
  // XEP-0049 §2.3: one namespace a request.
  if (element === undefined || elements.length > 1) return fault('not-acceptable', 'one element a request')
  const xmlns = namespaceOf(element)
  const empty = `<${element.name} xmlns='${escapeAttribute(xmlns)}'/>`
  const kept = store.privateXml.find(owner, element.name, xmlns) ?? empty
  return result(`<query xmlns='${NS.private}'>${kept}</query>`)
}

function write({ store }: Realm, owner: string, elements: readonly Element[]): IqAnswer {
  const isSaved = store.attempt(() => {
    for (const element of elements) {
      const kept = { name: element.name, xmlns: namespaceOf(element), markup: serialize(element, NS.private) }
      if (!store.privateXml.save(owner, kept)) return false
    }
    return true
  })
  return isSaved ? result() : fault('resource-constraint', 'no room for more private data')
}
