/** The chat room on the page: contacts, one conversation, and how the user got in. */

import { byId, countdown, dress, element } from './dom.js'
import { isWanted, presenceNames, presenceOf, readJid } from './people.js'
import { showSteps, stepsOf } from './steps.js'
import { clock, day, doorNames, fingerprint, tlsWords } from './words.js'

const chat = byId('chat')
const messages = byId('messages')
const text = byId('text')
const title = document.title
/** Within this time two messages of one person look like one turn. */
const turnMs = 120_000

/**
 * The room. `people` is the state; `act` what the room can ask for: `logOut()`, `show(show)`.
 * Returns what the page tells it.
 */
export function createRoom(people, domain, act) {
  let open = null
  let shown = null

  const select = (jid) => {
    open = jid
    people.open(jid)
    chat.dataset.view = 'talk'
    if (matchMedia('(pointer: fine)').matches) text.focus()
  }

  byId('log-out').addEventListener('click', act.logOut)
  byId('me-presence').addEventListener('change', (event) => act.show(event.target.value))
  byId('back').addEventListener('click', () => {
    open = null
    delete chat.dataset.view
    draw()
  })
  byId('talk-add').addEventListener('click', () => open !== null && people.add(open))
  byId('new-chat').addEventListener('submit', (event) => {
    event.preventDefault()
    const field = byId('new-jid')
    const jid = readJid(field.value, domain)
    byId('new-problem').textContent = jid === null ? 'That is no address such as name@example.org.' : ''
    if (jid === null) return
    field.value = ''
    select(jid)
  })
  byId('composer').addEventListener('submit', (event) => {
    event.preventDefault()
    const said = text.value.trim()
    if (said === '' || open === null || !people.say(open, said)) return
    text.value = ''
  })
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    byId('composer').requestSubmit()
  })
  byId('new-jid').placeholder = `name@${domain}`
  wireFacts()

  function draw() {
    drawRequests(people)
    drawContacts(people, open, select)
    drawTalk(open === null ? null : (people.people.get(open) ?? null))
    const unread = [...people.people.values()].reduce((sum, one) => sum + one.unread, 0)
    document.title = unread === 0 ? title : `(${unread}) ${title}`
  }

  function drawTalk(one) {
    document.querySelector('.talk').dataset.open = String(one !== null)
    if (one === null) return
    byId('talk-title').textContent = one.jid
    dress(byId('talk-avatar'), one.jid)
    byId('talk-presence').textContent = presenceText(one)
    byId('talk-add').hidden = isWanted(one)
    const key = `${one.jid} ${one.messages.length} ${one.messages.filter(({ problem }) => problem !== null).length}`
    if (key === shown) return
    const isSame = shown?.startsWith(`${one.jid} `) ?? false
    drawMessages(one, isSame)
    shown = key
  }

  return {
    draw,
    isOpen: (jid) => jid === open && document.visibilityState === 'visible',
    /** The user has come back to the page, and sees what is open. */
    look: () => {
      if (open !== null && document.visibilityState === 'visible') people.open(open)
    },
    /** The user is in, and this is how. */
    enter: (jid, session, login) => {
      byId('me-name').textContent = jid.split('@')[0] ?? jid
      byId('me-jid').textContent = jid
      dress(byId('me-avatar'), jid)
      showSteps(byId('facts-steps'), stepsOf(session, login))
      showFacts(session, login)
      byId('gate').hidden = true
      chat.hidden = false
      document.body.dataset.room = 'chat'
      draw()
    },
    /** Says over the conversation what is the matter; null when all is well. */
    notice: (words, aside = null, buttons = []) => {
      const box = byId('notice')
      box.hidden = words === null
      box.replaceChildren(
        ...(words === null ? [] : [element('span', {}, words, aside === null ? null : countdown(aside))]),
        ...buttons.map(({ label, act: run }) => element('button', { type: 'button', onclick: run }, label)),
      )
      byId('composer').querySelector('button').disabled = words !== null
      byId('door-label').previousElementSibling.dataset.show = words === null ? 'online' : 'away'
    },
  }
}

function drawRequests({ requests, answer }) {
  byId('requests').replaceChildren(
    ...[...requests].map((jid) =>
      element(
        'div',
        {},
        element('strong', {}, jid),
        ' would like to see when you are online.',
        element(
          'div',
          { class: 'row' },
          element('button', { type: 'button', class: 'primary', onclick: () => answer(jid, true) }, 'Accept'),
          element('button', { type: 'button', onclick: () => answer(jid, false) }, 'Decline'),
        ),
      ),
    ),
  )
}

function drawContacts({ people }, open, select) {
  const list = byId('contacts')
  const focused = document.activeElement?.closest?.('#contacts [data-jid]')?.getAttribute('data-jid')
  const rows = [...people.values()].sort((a, b) => a.jid.localeCompare(b.jid))
  const none = element('li', { class: 'none' }, 'Nobody yet. Whoever writes to you appears here.')
  list.replaceChildren(...(rows.length === 0 ? [none] : rows.map((one) => contactRow(one, open, select))))
  if (focused) list.querySelector(`[data-jid="${CSS.escape(focused)}"]`)?.focus()
}

function contactRow(one, open, select) {
  const avatar = element('span', { class: 'avatar', 'aria-hidden': 'true' })
  dress(avatar, one.jid)
  avatar.append(element('span', { class: 'dot', 'data-show': presenceOf(one) }))
  return element(
    'li',
    {},
    element(
      'button',
      {
        type: 'button',
        'data-jid': one.jid,
        'aria-current': one.jid === open ? 'true' : false,
        onclick: () => select(one.jid),
      },
      avatar,
      element(
        'span',
        { class: 'who' },
        element('strong', {}, one.jid.split('@')[0] ?? one.jid),
        element('span', { class: 'jid' }, presenceText(one)),
      ),
      one.unread === 0
        ? null
        : element('span', { class: 'badge', 'aria-label': `${one.unread} unread` }, `${one.unread}`),
    ),
  )
}

/** Presence where we may see it, else why we do not. */
function presenceText(one) {
  if (one.resources.size > 0 || one.subscription === 'both' || one.subscription === 'to') {
    return presenceNames[presenceOf(one)]
  }
  return one.asked ? 'waiting for their answer' : 'not in your contacts'
}

function drawMessages(one, isSame) {
  const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80
  if (one.messages.length === 0) {
    messages.replaceChildren(element('p', { class: 'none' }, `Nothing said yet. Write to ${one.jid}, online or not.`))
    return
  }
  const rows = one.messages.map((message, index) => messageRow(message, one.messages[index - 1]))
  if (isSame && rows.length > messages.children.length && messages.querySelector('.none') === null) {
    // Only what is new is added, so that a screen reader reads that alone.
    messages.append(...rows.slice(messages.children.length))
  } else messages.replaceChildren(...rows)
  if (isAtEnd || !isSame) messages.scrollTop = messages.scrollHeight
}

function messageRow({ own, text: said, at, problem }, before) {
  const isFirst = before === undefined || before.own !== own || at.getTime() - before.at.getTime() > turnMs
  const classes = [own ? 'own' : '', isFirst ? 'first' : '', problem === null ? '' : 'failed']
  return element(
    'div',
    { class: classes.filter(Boolean).join(' ') || false },
    isFirst || problem !== null
      ? element(
          'span',
          { class: 'meta' },
          element('span', { class: 'visually-hidden' }, own ? 'You, ' : 'They, '),
          element('time', { datetime: at.toISOString() }, clock(at)),
          problem === null ? '' : ` · ${problem}`,
        )
      : null,
    element('span', { class: 'bubble' }, said),
  )
}

function wireFacts() {
  const set = (isOpen) => {
    if (isOpen) chat.dataset.facts = 'open'
    else delete chat.dataset.facts
    byId('facts-open').setAttribute('aria-expanded', String(isOpen))
  }
  byId('facts-open').addEventListener('click', () => {
    set(chat.dataset.facts !== 'open')
    if (chat.dataset.facts === 'open') byId('facts-close').focus()
  })
  byId('facts-close').addEventListener('click', () => {
    set(false)
    byId('facts-open').focus()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && byId('facts').contains(document.activeElement)) byId('facts-close').click()
  })
  set(matchMedia('(min-width: 75rem)').matches)
}

function showFacts(session, { door, jid }) {
  const { tls, certificate, doors } = session
  byId('door-label').textContent = `${doorNames[door]}${tls === null ? '' : ` · ${tlsWords(tls).split(',')[0]}`}`
  const rows = [
    ['Address', jid],
    ['Door', `${doorNames[door]} at ${doors[door]}`],
    ...(tls === null ? [] : [['Cipher suite', tls.cipher]]),
    ...(certificate === null
      ? []
      : [
          ['Certificate valid', `${day(certificate.notBefore)} to ${day(certificate.notAfter)}`],
          ['Serial number', certificate.serial],
          ['SHA-256', fingerprint(certificate.sha256)],
        ]),
  ]
  byId('facts-list').replaceChildren(
    ...rows.flatMap(([term, value]) => {
      const isCode = term === 'SHA-256' || term === 'Serial number'
      return [element('dt', {}, term), element('dd', { class: isCode ? 'mono' : false }, value)]
    }),
  )
}
