/** The page: asks the server what it has seen, logs in with the certificate, keeps the connection, and says what is wrong. */

import { importGuide, onAccount, refusalBox, showGate } from './gate.js'
import { doorsFor, openLink } from './link.js'
import { createPeople, readJid } from './people.js'
import { createRoom } from './room.js'
import { askDoor, askSession, reasonOf } from './session.js'
import { endingWords, readFailure } from './words.js'

/** Waits before the attempts to come back, the last one for all that follow. */
const patienceMs = [1_000, 2_000, 5_000, 10_000, 30_000]

let session = null
let link = null
/** Whether the chat room is what the page shows. The room itself is made once. */
let isInside = false
let room = null
let people = null
let account = null
let failures = 0
let countdown = null
let show = ''
/** Every new start outdates the answers that an older one still waits for. */
let turn = 0

const memory = {
  get: (key) => {
    try {
      return localStorage.getItem(`signet.${key}`)
    } catch {
      return null
    }
  },
  set: (key, value) => {
    try {
      localStorage.setItem(`signet.${key}`, value)
    } catch {
      // A page without storage forgets, and works all the same.
    }
  },
}

const doorChoice = () => document.querySelector('input[name="door"]:checked')?.value ?? 'auto'
const again = { label: 'Try again', isPrimary: true, act: () => void start() }

/** From the top: what did the server see, and what follows from it? */
async function start({ isEager = true } = {}) {
  const own = ++turn
  clearInterval(countdown)
  countdown = null
  link?.leave()
  link = null
  if (!isInside) showGate({ headline: 'looking', session: null })
  const answer = await askSession()
  if (own !== turn) return
  switch (answer.kind) {
    case 'gone':
      return waitForServer('The server does not answer.')
    case 'answered':
      // A server on its way out, or a proxy in front of one that is gone.
      return answer.status >= 500 ? waitForServer('The server is not ready.') : showAnswer(answer)
    case 'seen':
      session = answer.session
      return decide(isEager)
  }
}

function decide(isEager) {
  const { verdict, certificate } = session
  const doors = doorsFor(doorChoice(), session.doors)
  if (doors.length === 0) return showNoDoor()
  switch (verdict.kind) {
    case 'none':
      return showGate({ headline: 'none', session, problem: importGuide(session.help), buttons: [again] })
    case 'closed':
      return showGate({ headline: 'closed', session, buttons: [again] })
    case 'refused':
      // Asked for its decision, the server gives it a record that its operator can look up.
      return session.isAdmitted && certificate !== null ? enter(session.domain, doors) : void hearRefusal(doors[0])
    case 'open':
      return enter(session.domain, doors)
    case 'ask':
      return account === null ? chooseAccount([]) : enter(account, doors)
    case 'accounts': {
      const { accounts } = verdict
      const chosen =
        account !== null && accounts.includes(account) ? account : accounts.length === 1 ? accounts[0] : null
      if (chosen === null) return chooseAccount(accounts)
      if (isEager) return enter(chosen, doors)
      return showGate({
        headline: 'ready',
        session,
        buttons: [{ label: `Log in as ${chosen}`, isPrimary: true, act: () => enter(chosen, doors) }],
      })
    }
  }
}

function chooseAccount(accounts) {
  showGate({ headline: 'choose', session, accounts })
}

function enter(jid, doors) {
  const login = (door) => ({ kind: 'trying', door })
  const present = (door) => !isInside && showGate({ headline: 'entering', session, login: login(door) })
  const own = turn
  const current = (act) => (value) => own === turn && act(value)
  link = openLink({
    jid,
    doors,
    paths: session.doors,
    on: {
      trying: current(present),
      online: current(arrive),
      refused: current((failure) => void beRefused(failure)),
      ended: current(leaveOrReturn),
    },
  })
}

function arrive({ jid: full, door, connection }) {
  const jid = full.split('/')[0]
  // What was said belongs to whoever said it: another user gets another page.
  if (people !== null && people.me !== jid) return location.reload()
  failures = 0
  account = jid
  people ??= createPeople(() => room?.draw())
  room ??= createRoom(people, session.domain, {
    logOut,
    show: (wanted) => {
      show = wanted
      people.show(wanted)
    },
  })
  isInside = true
  room.enter(jid, session, { kind: 'online', door, jid: full })
  room.notice(null)
  people.attach(connection, show, room.isOpen)
  memory.set('stay-out', '')
}

/** A door that lets nobody in without a good certificate says why in its answer to an ordinary request. */
async function hearRefusal(door) {
  const own = turn
  const decision = await askDoor(session.doors[door])
  if (own === turn) showRefusal(session.verdict, decision)
}

/** The server said no: with its reason from the catalogue, its words and the id of its record. */
async function beRefused({ meaning, decision, condition }) {
  const own = turn
  const seen = session.verdict.kind === 'refused' ? session.verdict : null
  const reason = seen !== null && seen.meaning === meaning ? seen : await reasonOf(meaning)
  if (own !== turn) return
  showRefusal({ code: condition, meaning: meaning ?? condition, hint: null, why: '', ...reason }, decision)
}

function showRefusal({ code, meaning, hint, why = '' }, decision) {
  closeRoom()
  const { certificate } = session
  showGate({
    headline: certificate === null ? 'none' : 'refused',
    session,
    login: { kind: 'refused', meaning },
    problem: refusalBox({ code, meaning, why, hint, decision, certificate }),
    buttons: [again],
  })
}

/** The connection is over. Somebody who was in gets it back; a server that has spoken is not asked again and again. */
function leaveOrReturn({ condition, text, wasOnline, answered }) {
  people?.detach()
  const isFinal = condition === 'conflict' || (answered && !wasOnline)
  if (!isFinal) return waitForServer(endingWords(condition))
  if (condition === 'not-authorized') return void beRefused({ condition, ...readFailure(text) })
  closeRoom()
  showGate({ headline: 'ended', session, lead: endingWords(condition), buttons: [again] })
}

/** Tries again by itself, more and more patiently, and says when. */
function waitForServer(words) {
  clearInterval(countdown)
  people?.detach()
  const waitMs = patienceMs[Math.min(failures, patienceMs.length - 1)] ?? 30_000
  failures += 1
  const at = Date.now() + waitMs
  const now = { label: 'Try now', isPrimary: true, act: () => void start() }
  const tell = () => {
    const seconds = Math.ceil((at - Date.now()) / 1_000)
    if (seconds <= 0) return void start()
    const aside = `Trying again in ${seconds} s.`
    if (!isInside) showGate({ headline: 'gone', session: null, lead: words, aside, buttons: [now] })
    else room.notice(words, aside, [now])
  }
  tell()
  countdown = setInterval(tell, 1_000)
}

function showAnswer({ status, text }) {
  closeRoom()
  const headline = status === 401 ? 'none' : status === 403 ? 'refused' : 'ended'
  showGate({
    headline,
    session: null,
    problem:
      status === 401
        ? importGuide(null)
        : refusalBox({ code: `HTTP ${status}`, meaning: text, why: '', hint: null, decision: null, certificate: null }),
    buttons: [again],
  })
}

function showNoDoor() {
  showGate({
    headline: 'ended',
    session,
    lead: 'The server has no such door here. Choose another one below.',
    buttons: [again],
  })
}

function closeRoom() {
  clearInterval(countdown)
  countdown = null
  link?.leave()
  link = null
  people?.detach()
  isInside = false
}

function logOut() {
  turn += 1
  memory.set('stay-out', 'yes')
  closeRoom()
  showGate({ headline: 'out', session, buttons: [{ ...again, label: 'Log in again' }] })
}

onAccount((typed) => {
  account = readJid(typed, session?.domain ?? '')
  if (account !== null && session !== null) enter(account, doorsFor(doorChoice(), session.doors))
})

for (const radio of document.querySelectorAll('input[name="door"]')) {
  radio.addEventListener('change', () => {
    memory.set('door', radio.value)
    void start({ isEager: memory.get('stay-out') !== 'yes' })
  })
  const wanted = new URLSearchParams(location.search).get('door') ?? memory.get('door')
  if (radio.value === wanted) radio.checked = true
}

addEventListener('online', () => countdown !== null && void start())
document.addEventListener('visibilitychange', () => room?.look())

void start({ isEager: memory.get('stay-out') !== 'yes' })
