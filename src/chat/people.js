/** Contacts, their presence and what was said: the state of the chat room, fed with stanzas, without a document. */

const { $iq, $msg, $pres, Strophe } = globalThis

/** Messages kept of one conversation; older ones go. */
const maxMessages = 500
/** People that the page knows at once; strangers beyond that are not let in. */
const maxPeople = 2_000
const iqWaitMs = 15_000
const delayNs = 'urn:xmpp:delay'

const bare = (jid) => Strophe.getBareJidFromJid(jid)?.toLowerCase() ?? ''

/** A JID as a person types it, or null when it cannot be one. The domain may be left out. */
export function readJid(text, domain) {
  const typed = text.trim().toLowerCase()
  const jid = typed.includes('@') ? typed : `${typed}@${domain}`
  return /^[^\s@/"&'<>:]+@[^\s@/]+$/.test(jid) ? jid : null
}

/** The state of one logged-in user. `changed` is called after every change. */
export function createPeople(changed) {
  const people = new Map()
  const requests = new Set()
  let connection = null
  let me = ''

  const person = (jid) => {
    const found = people.get(jid)
    if (found !== undefined) return found
    const made = { jid, subscription: 'none', asked: false, resources: new Map(), messages: [], unread: 0 }
    people.set(jid, made)
    return made
  }

  const on = {
    roster: (iq) => {
      for (const item of iq.getElementsByTagName('item')) {
        const one = person(bare(item.getAttribute('jid')))
        one.subscription = item.getAttribute('subscription') ?? 'none'
        one.asked = item.getAttribute('ask') === 'subscribe'
        if (one.subscription === 'remove') one.subscription = 'none'
      }
    },
    presence: (stanza) => {
      const from = stanza.getAttribute('from') ?? ''
      const jid = bare(from)
      if (jid === '' || jid === me) return
      const resource = Strophe.getResourceFromJid(from) ?? ''
      switch (stanza.getAttribute('type')) {
        case null:
          if (people.size >= maxPeople && !people.has(jid)) break
          person(jid).resources.set(resource, childText(stanza, 'show') || 'online')
          break
        case 'unavailable':
          people.get(jid)?.resources.delete(resource)
          break
        case 'subscribe':
          if (requests.size + people.size >= maxPeople) break
          // Whom we have asked ourselves may see us, of course.
          if (isWanted(person(jid))) connection?.send($pres({ to: jid, type: 'subscribed' }))
          else requests.add(jid)
          break
      }
    },
    message: (stanza, isOpen) => {
      const jid = bare(stanza.getAttribute('from') ?? '')
      const isError = stanza.getAttribute('type') === 'error'
      if (isError) return markFailed(people.get(jid), stanza)
      const text = childText(stanza, 'body')
      if (text === '' || jid === '' || (people.size >= maxPeople && !people.has(jid))) return
      const one = person(jid)
      const stamp = stanza.getElementsByTagNameNS(delayNs, 'delay')[0]?.getAttribute('stamp')
      keep(one, { own: false, text, at: readStamp(stamp), id: null, problem: null })
      if (!isOpen(jid)) one.unread += 1
    },
  }

  return {
    people,
    requests,
    get me() {
      return me
    },
    /** Takes over a connection that has just logged in: asks for the roster, then shows presence. */
    attach: (fresh, show, isOpen) => {
      connection = fresh
      me = bare(fresh.jid)
      for (const one of people.values()) one.resources.clear()
      const handle = (handler) => (stanza) => {
        handler(stanza, isOpen)
        changed()
        return true
      }
      fresh.addHandler(handle(on.presence), null, 'presence')
      fresh.addHandler(handle(on.message), null, 'message')
      fresh.addHandler(
        (iq) => {
          // RFC 6121 §2.1.6: a push is from one's own account; anybody else's is an attempt to deceive.
          const from = iq.getAttribute('from')
          if (from !== null && from.toLowerCase() !== me) return true
          handle(on.roster)(iq)
          fresh.send($iq({ type: 'result', id: iq.getAttribute('id') ?? '' }))
          return true
        },
        Strophe.NS.ROSTER,
        'iq',
        'set',
      )
      const ready = () => {
        sendShow(fresh, show)
        changed()
      }
      const ask = $iq({ type: 'get' }).c('query', { xmlns: Strophe.NS.ROSTER })
      const known = (iq) => {
        on.roster(iq)
        ready()
      }
      fresh.sendIQ(ask, known, ready, iqWaitMs)
    },
    /** Nobody is there while the connection is not. */
    detach: () => {
      connection = null
      for (const one of people.values()) one.resources.clear()
      changed()
    },
    show: (show) => connection !== null && sendShow(connection, show),
    open: (jid) => {
      person(jid).unread = 0
      changed()
    },
    /** Whether it was sent. */
    say: (jid, text) => {
      if (connection === null) return false
      const id = connection.getUniqueId('say')
      connection.send($msg({ to: jid, type: 'chat', id }).c('body').t(text))
      keep(person(jid), { own: true, text, at: new Date(), id, problem: null })
      changed()
      return true
    },
    add: (jid) => {
      if (connection === null) return
      connection.sendIQ($iq({ type: 'set' }).c('query', { xmlns: Strophe.NS.ROSTER }).c('item', { jid }))
      connection.send($pres({ to: jid, type: 'subscribe' }))
      person(jid).asked = true
      changed()
    },
    /** Accepting shows us to them, and asks to see them. */
    answer: (jid, isWelcome) => {
      requests.delete(jid)
      if (connection !== null) {
        connection.send($pres({ to: jid, type: isWelcome ? 'subscribed' : 'unsubscribed' }))
        if (isWelcome && !isWanted(person(jid))) connection.send($pres({ to: jid, type: 'subscribe' }))
      }
      changed()
    },
  }
}

/** Whether we see somebody's presence, or have asked to. */
export const isWanted = ({ subscription, asked }) => asked || subscription === 'to' || subscription === 'both'

/** `offline`, or the most present of what somebody's devices show. */
export function presenceOf({ resources }) {
  const order = ['chat', 'online', 'dnd', 'away', 'xa']
  return order.find((show) => [...resources.values()].includes(show)) ?? 'offline'
}

/** What presence is called. */
export const presenceNames = {
  chat: 'free to chat',
  online: 'online',
  away: 'away',
  xa: 'away for long',
  dnd: 'do not disturb',
  offline: 'offline',
}

function sendShow(connection, show) {
  const presence = $pres()
  if (show !== '') presence.c('show').t(show)
  connection.send(presence)
}

function childText(stanza, name) {
  const child = [...stanza.children].find(({ localName }) => localName === name)
  return child?.textContent ?? ''
}

/** When something was said; now, where the stamp is none or is no time. */
function readStamp(stamp) {
  const at = new Date(stamp ?? Number.NaN)
  return Number.isNaN(at.getTime()) ? new Date() : at
}

function keep(one, message) {
  one.messages.push(message)
  if (one.messages.length > maxMessages) one.messages.shift()
}

function markFailed(one, stanza) {
  const id = stanza.getAttribute('id')
  const message = one?.messages.find((each) => each.own && each.id === id)
  if (message === undefined) return
  const error = [...stanza.children].find(({ localName }) => localName === 'error')
  message.problem = error?.firstElementChild?.localName === 'service-unavailable' ? 'nobody there' : 'not delivered'
}
