/** The gate: what the server saw of the certificate, what is wrong with it in words, and what to do. */

import { byId, copyButton, countdown, element } from './dom.js'
import { showSteps, stepsOf } from './steps.js'
import { day, fingerprint, headlines, importHelp, stillNothing } from './words.js'

const title = byId('gate-title')
const lead = byId('gate-lead')
const problem = byId('gate-problem')
const actions = byId('gate-actions')
const accountForm = byId('gate-account')
const accountField = byId('account')

/**
 * Shows the gate.
 * @param {{headline: keyof typeof headlines, session: object | null, login?: object | null, lead?: string, aside?: string | null,
 *   problem?: Node | null, buttons?: readonly {label: string, isPrimary?: boolean, act: () => void}[],
 *   accounts?: readonly string[] | null}} scene
 */
export function showGate({
  headline,
  session,
  login = null,
  lead: own,
  aside = null,
  problem: about = null,
  buttons = [],
  accounts = null,
}) {
  const [words, first] = headlines[headline]
  title.textContent = words
  lead.replaceChildren(own ?? first, ...(aside === null ? [] : [countdown(aside)]))
  lead.hidden = lead.textContent === ''
  byId('gate-steps').hidden = session === null && headline !== 'looking'
  showSteps(byId('gate-steps'), stepsOf(session, login))
  problem.replaceChildren(...(about === null ? [] : [about]))
  actions.replaceChildren(
    ...buttons.map(({ label, isPrimary, act }) =>
      element('button', { type: 'button', class: isPrimary ? 'primary' : false, onclick: act }, label),
    ),
  )
  accountForm.hidden = accounts === null
  if (accounts !== null) offerAccounts(accounts, session?.domain ?? '')
  byId('gate').hidden = false
  byId('chat').hidden = true
  document.body.dataset.room = 'gate'
}

function offerAccounts(accounts, domain) {
  byId('accounts').replaceChildren(...accounts.map((jid) => element('option', { value: jid })))
  if (accountField.value === '') accountField.value = accounts[0] ?? ''
  accountField.placeholder = `you@${domain}`
}

/** Calls `act` with what the user typed as the account. */
export function onAccount(act) {
  accountForm.addEventListener('submit', (event) => {
    event.preventDefault()
    act(accountField.value)
  })
}

/** Help for somebody whose browser sent nothing. `own` is what the site says about where certificates come from. */
export function importGuide(own) {
  const opened = importHelp.find(({ isIt }) => isIt(navigator.userAgent))
  return element(
    'div',
    { class: 'help' },
    own === null ? null : element('p', {}, element('strong', {}, 'Where to get one. '), own),
    ...importHelp.map((each) =>
      element(
        'details',
        { open: each === opened },
        element('summary', {}, `How to import it: ${each.browser}`),
        element('ol', {}, ...each.steps.map((step) => element('li', {}, step))),
      ),
    ),
    element('p', { class: 'after' }, stillNothing),
  )
}

/**
 * The box about a refusal: the reason's code and meaning, what the server found, the hint, and the record's id.
 * @param {{code: string | null, meaning: string, why: string, hint: string | null, decision: string | null,
 *   certificate: object | null}} refusal
 */
export function refusalBox({ code, meaning, why, hint, decision, certificate }) {
  return element(
    'div',
    { class: 'verdict', role: 'alert' },
    code === null ? null : element('p', { class: 'code' }, element('code', {}, code)),
    element('p', {}, element('strong', {}, sentence(meaning))),
    why === '' || why === meaning ? null : element('p', {}, sentence(why)),
    hint === null || hint === 'none needed'
      ? null
      : element('p', {}, element('strong', {}, 'What helps: '), `${hint}.`),
    certificate === null ? null : element('p', { class: 'small' }, certificateLine(certificate)),
    decision === null ? null : decisionLine(decision),
  )
}

function decisionLine(decision) {
  return element(
    'div',
    { class: 'action small' },
    element(
      'span',
      {},
      'In the server’s log this is decision',
      element('br'),
      element('code', { 'data-decision': decision }, decision),
    ),
    copyButton(decision, 'Copy'),
  )
}

function certificateLine({ notBefore, notAfter, sha256 }) {
  return `Valid from ${day(notBefore)} to ${day(notAfter)}. SHA-256 ${fingerprint(sha256.slice(0, 32))} …`
}

/** Catalogue texts are fragments; on the page they are sentences. */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
