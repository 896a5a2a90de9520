/** What the server has seen of this page's connection: `session.json`, asked before anything is tried. */

import { readFailure } from './words.js'

const patienceMs = 10_000

/**
 * @returns {Promise<{kind: 'seen', session: object} | {kind: 'answered', status: number, text: string} | {kind: 'gone'}>}
 */
export async function askSession() {
  try {
    const response = await fetch('session.json', { cache: 'no-store', signal: AbortSignal.timeout(patienceMs) })
    if (response.ok) return { kind: 'seen', session: await response.json() }
    return { kind: 'answered', status: response.status, text: (await response.text()).slice(0, 500) }
  } catch {
    return { kind: 'gone' }
  }
}

/** The id of the decision with which a door refuses this connection; null when it does not. */
export async function askDoor(path) {
  try {
    const response = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(patienceMs) })
    return readFailure((await response.text()).trim()).decision
  } catch {
    return null
  }
}

let catalogue = null

/** The entry of the catalogue of reasons with this meaning: its code, and the hint for the operator. Null for none. */
export async function reasonOf(meaning) {
  if (meaning === null) return null
  try {
    catalogue ??= (await fetch('reasons.json')).json()
    const entry = Object.entries(await catalogue).find(([, reason]) => reason.meaning === meaning)
    return entry === undefined ? null : { code: entry[0], ...entry[1] }
  } catch {
    catalogue = null
    return null
  }
}
