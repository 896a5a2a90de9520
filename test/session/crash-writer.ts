/**
 * The victim of the crash test: a process that works on a store and says, line by line, what it was promised to be safe.
 * Arguments: the file, and the number of the round. Runs until it is killed.
 */

import { writeSync } from 'node:fs'
import { formatItem } from '../../src/session/local/contacts.ts'
import { defaultLocalLimits } from '../../src/session/local/limits.ts'
import { openStore } from '../../src/session/local/store/store.ts'
import { noSubscription } from '../../src/session/local/subscriptions.ts'

const [path = '', round = '0'] = process.argv.slice(2)
const opened = openStore(path, { ...defaultLocalLimits, maxOfflineMessages: 1e6, maxOfflineBytes: 1e9 })
if (!opened.ok) throw new Error(`${opened.error.code}: ${opened.error.why}`)
const store = opened.value
const owner = 'alice@localhost'
store.enroll(owner)

for (let n = 0; ; n += 1) {
  const name = `${round}-${n}`
  // Both in one commit: after the crash there are both or neither.
  store.transaction(() => {
    const jid = `${name}@localhost`
    const contact = { jid, listed: true, name, groups: [], state: noSubscription, request: null }
    store.roster.save(owner, contact, formatItem(contact).length)
    store.roster.nextVersion(owner)
  })
  store.offline.add(owner, `<message id='${name}'/>`, n)
  store.privateXml.save(owner, { name: 'last', xmlns: `urn:round:${round}`, markup: String(n) })
  // Synchronous, so that what is said is out before the kill.
  writeSync(1, `${n}\n`)
}
