/** One login and its connection, by strophe.js, over one door; and which doors to try in which order. */

import { readFailure } from './words.js'

const { Strophe } = globalThis

Strophe.setLogLevel(Strophe.LogLevel.WARN)

/** A door that has not answered by then is given up. */
const openingMs = 10_000
/** A silent connection is asked whether it is still there. */
const pingEveryMs = 45_000
const pingWaitMs = 15_000

/** Doors to try, best first. */
export function doorsFor(choice, { websocket, bosh }) {
  const order = choice === 'auto' ? ['websocket', 'bosh'] : [choice]
  const paths = { websocket, bosh }
  return order.filter((door) => paths[door] !== null)
}

function urlOf(door, path) {
  const url = new URL(path, location.href)
  if (door === 'websocket') url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

/**
 * Logs in. `jid` is a bare JID, or the domain alone for a certificate that is known to be refused.
 *
 * Calls `on.trying(door)`, then `on.online({jid, door, connection})` or `on.refused({meaning, decision, condition})`; and when it
 * is over `on.ended({condition, text, wasOnline})`, once, unless `leave` was called before.
 */
export function openLink({ jid, doors, paths, on }) {
  let left = false
  let current = null
  const tryDoor = (index) => {
    const door = doors[index]
    on.trying(door)
    current = startDoor(door, urlOf(door, paths[door]), jid, {
      ...on,
      ended: (ending) => {
        if (left) return
        const next = index + 1
        // Only a door that let nothing through is worth another: a server that has spoken has decided.
        if (!ending.answered && next < doors.length) tryDoor(next)
        else on.ended(ending)
      },
    })
  }
  tryDoor(0)
  return {
    leave: () => {
      left = true
      current?.leave()
    },
  }
}

function startDoor(door, url, jid, on) {
  // Whatever else is offered, only the certificate: strophe.js would prefer any password mechanism.
  const connection = new Strophe.Connection(url, { mechanisms: [Strophe.SASLExternal] })
  connection.maxRetries = 2
  const state = {
    online: false,
    answered: false,
    refused: false,
    over: false,
    hasFeatures: false,
    condition: '',
    text: '',
    timers: [],
  }
  const end = () => {
    if (state.over) return
    state.over = true
    for (const timer of state.timers) clearTimeout(timer)
    if (state.refused) return
    on.ended({ condition: state.condition, text: state.text, wasOnline: state.online, answered: state.answered })
  }
  const giveUp = () => {
    connection.disconnect()
    end()
  }
  listenForErrors(connection, state)
  insistOnExternal(connection, state)
  state.timers.push(setTimeout(giveUp, openingMs))
  const onStatus = (status, condition, stanza) => {
    const { Status } = Strophe
    switch (status) {
      case Status.CONNECTED:
        state.online = true
        for (const timer of state.timers) clearTimeout(timer)
        keepAlive(connection, state, giveUp)
        on.online({ jid: connection.jid, door, connection })
        break
      case Status.AUTHFAIL:
        state.refused = true
        on.refused(failureOf(stanza))
        connection.disconnect()
        break
      case Status.CONNFAIL:
      case Status.ERROR:
        if (/^[a-z-]+$/.test(condition ?? '')) state.condition ||= condition
        break
      case Status.DISCONNECTED:
        end()
        break
    }
  }
  // The JID of the certificate is asked for by name; a domain alone asks for nobody (the same text twice sends none).
  const isNobody = !jid.includes('@')
  connection.connect(jid, '', onStatus, 60, 1, undefined, isNobody ? jid : undefined)
  // A socket that the server closes in an orderly way before the login is nothing that strophe.js speaks of.
  connection._proto.socket?.addEventListener('close', () => state.over || giveUp())
  return {
    leave: () => {
      // Refused, the connection is on its way out already.
      if (!state.over && !state.refused) connection.disconnect('the user left')
      state.over = true
      for (const timer of state.timers) clearTimeout(timer)
    },
  }
}

/** strophe.js says that a stream had an error, but not the text that came with it. */
function listenForErrors(connection, state) {
  connection.rawInput = (text) => {
    state.answered = true
    state.hasFeatures ||= text.includes('features')
    if (!text.includes(Strophe.NS.STREAM)) return
    const wrapped = new DOMParser().parseFromString(text, 'text/xml')
    const error = wrapped.getElementsByTagNameNS(Strophe.NS.STREAM, 'error')[0]
    readError(error, state)
  }
  const proto = connection._proto
  const check = proto._checkStreamError?.bind(proto)
  if (check === undefined) return
  proto._checkStreamError = (stanza, status) => {
    readError(stanza.getElementsByTagNameNS(Strophe.NS.STREAM, 'error')[0], state)
    return check(stanza, status)
  }
}

function readError(error, state) {
  for (const child of error?.children ?? []) {
    if (child.localName === 'text') state.text = child.textContent ?? ''
    else if (child.namespaceURI === 'urn:ietf:params:xml:ns:xmpp-streams') state.condition = child.localName
  }
}

/**
 * A server does not offer EXTERNAL to a certificate that it refuses. Asked all the same, it says why, and the refusal has
 * a record in its log. Over BOSH the features may come later than the first answer (XEP-0206 §4).
 */
function insistOnExternal(connection, state) {
  const proto = connection._proto
  const none = proto._no_auth_received.bind(proto)
  proto._no_auth_received = (callback) => {
    if (!state.hasFeatures) return none(callback)
    proto._no_auth_received = none
    connection.authenticate([new Strophe.SASLExternal()])
  }
}

function failureOf(stanza) {
  const condition = stanza?.firstElementChild?.localName ?? 'not-authorized'
  const text = stanza?.getElementsByTagName('text')[0]?.textContent ?? ''
  return { condition, ...readFailure(text) }
}

/** XEP-0199: a network that went away without a word is noticed. */
function keepAlive(connection, state, giveUp) {
  const next = () => state.timers.push(setTimeout(ping, pingEveryMs))
  const ping = () => {
    const iq = globalThis.$iq({ type: 'get', to: connection.domain }).c('ping', { xmlns: 'urn:xmpp:ping' })
    // An error is an answer too.
    connection.sendIQ(iq, next, (answer) => (answer === null ? giveUp() : next()), pingWaitMs)
  }
  next()
}
