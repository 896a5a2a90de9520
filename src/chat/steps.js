/** The way to a login in five steps, as the server has told it: the same list at the gate and beside the chat. */

import { element } from './dom.js'
import { day, doorNames, tlsWords } from './words.js'

const marks = { good: '✓', bad: '✕', busy: '', later: '' }
const spoken = { good: 'done', bad: 'failed', busy: 'under way', later: 'not yet' }

/**
 * Steps of a session description. `login` is null before anything was tried.
 * @param {object | null} session
 * @param {{kind: 'trying', door: string} | {kind: 'online', door: string, jid: string}
 *   | {kind: 'refused', meaning: string} | null} login
 */
export function stepsOf(session, login) {
  if (session === null) return [step('busy', 'Connection', 'Asking the server what it has seen')]
  return [connectionStep(session), certificateStep(session), ...laterSteps(session, login)]
}

const step = (state, title, detail) => ({ state, title, detail })

function connectionStep({ tls }) {
  if (tls === null) return step('good', 'Connection', 'Through a proxy that ends TLS')
  return step('good', 'Encrypted connection', tlsWords(tls))
}

function certificateStep({ certificate, verdict }) {
  if (certificate !== null) {
    const { subject, issuer, notAfter } = certificate
    const who = `${subject || 'A certificate without a subject'}, from ${issuer}, until ${day(notAfter)}`
    return step('good', 'Certificate', who)
  }
  if (verdict.kind === 'refused') return step('bad', 'Certificate', verdict.meaning)
  return step('bad', 'Certificate', 'none came with this connection')
}

function laterSteps({ certificate, chain, verdict, identity }, login) {
  if (certificate === null) return ['Trust', 'Identity', 'Session'].map((title) => step('later', title, ''))
  if (!chain.acceptable) {
    const why = verdict.kind === 'refused' ? verdict.meaning : chain.status
    return [step('bad', 'Trust', why), step('later', 'Identity', ''), step('later', 'Session', '')]
  }
  const trust = step('good', 'Trust', trustWords(chain))
  if (verdict.kind === 'refused') {
    return [trust, step('bad', 'Identity', verdict.meaning), step('later', 'Session', '')]
  }
  return [trust, identityStep(verdict, identity, login), sessionStep(login)]
}

const trustWords = ({ status }) =>
  status === 'self-signed' ? 'self-signed, which this server takes' : 'issued by a CA that this server trusts'

function identityStep(verdict, identity, login) {
  switch (verdict.kind) {
    case 'accounts': {
      const rule = identity.find(({ answer }) => answer === 'jid')?.rule ?? null
      return step('good', 'Identity', `${verdict.accounts.join(', ')}${rule === null ? '' : `, by rule ${rule}`}`)
    }
    case 'open':
      return openStep(login)
    case 'ask':
      return step('good', 'Identity', 'the account that you name')
    default:
      return step('bad', 'Identity', 'logins by certificate are off')
  }
}

/** The certificate names nobody, and the backend says whose it is. */
function openStep(login) {
  if (login?.kind !== 'online') return step('later', 'Identity', 'the backend will say whose it is')
  return step('good', 'Identity', `${login.jid.split('/')[0]}, as the backend says`)
}

function sessionStep(login) {
  switch (login?.kind) {
    case 'trying':
      return step('busy', 'Session', `over ${doorNames[login.door]}`)
    case 'online':
      return step('good', 'Session', `open, over ${doorNames[login.door]}`)
    case 'refused':
      return step('bad', 'Session', login.meaning)
    default:
      return step('later', 'Session', '')
  }
}

/** Puts the steps into a list. */
export function showSteps(list, steps) {
  list.replaceChildren(
    ...steps.map(({ state, title, detail }) =>
      element(
        'li',
        { 'data-state': state },
        element('span', { class: 'mark', 'aria-hidden': 'true' }, marks[state]),
        element(
          'div',
          {},
          element('strong', {}, title),
          element('span', { class: 'visually-hidden' }, ` (${spoken[state]})`),
          element('div', { class: 'detail' }, detail),
        ),
      ),
    ),
  )
}
