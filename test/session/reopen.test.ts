/** State that must survive: a host on a file is closed and opened again. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { silentLog } from '../../src/observe/log.ts'
import { openLocalHost } from '../../src/session/local/host.ts'
import { befriend, online, openTestHost, playScene, type Step } from './scene.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-reopen-'))
after(() => rmSync(folder, { recursive: true }))

const delay = "<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2026-01-02T00:00:00.000Z'/>"

/** Plays steps on a host that is opened for them and closed after. */
async function play(database: string, steps: readonly Step[]): Promise<void> {
  await using host = openTestHost({ database })
  await playScene({ name: 'reopened', steps }, {}, host)
}

it('friends, requests, messages and private data are there again; what was delivered is not', async () => {
  const database = join(folder, 'reopen.sqlite')
  await play(database, [
    ...online('alice/a', 'bob/b', 'carol/c'),
    ...befriend('alice/a', 'bob/b'),
    ['alice/a', 'sends', "<iq type='set' id='1'><query xmlns='jabber:iq:private'><x xmlns='urn:x'>1</x></query></iq>"],
    ['alice/a', 'forgets'],
    ['bob/b', 'vanishes'],
    ['alice/a', 'forgets'],
    ['carol/c', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
    ['carol/c', 'forgets'],
    ['alice/a', 'sends', "<message to='bob@localhost' id='m'><body>see you</body></message>"],
  ])
  await play(database, [
    ['alice/a', 'enters'],
    ['alice/a', 'sends', '<presence/>'],
    ['alice/a', 'forgets'],
    ['bob/b', 'enters'],
    ['bob/b', 'sends', '<presence/>'],
    ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
    ['bob/b', 'gets', "<presence from='alice@localhost/a' to='bob@localhost'/>"],
    ['bob/b', 'gets', "<presence type='subscribe' from='carol@localhost' to='bob@localhost'/>"],
    [
      'bob/b',
      'gets',
      `<message to='bob@localhost' id='m' from='alice@localhost/a'><body>see you</body>${delay}</message>`,
    ],
    ['bob/b', 'leaves'],
    ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
    ['alice/a', 'sends', "<iq type='get' id='2'><query xmlns='jabber:iq:private'><x xmlns='urn:x'/></query></iq>"],
    [
      'alice/a',
      'gets',
      "<iq type='result' id='2' to='alice@localhost/a'><query xmlns='jabber:iq:private'><x xmlns='urn:x'>1</x></query></iq>",
    ],
  ])
  await play(database, [
    ['bob/b', 'enters'],
    ['bob/b', 'sends', '<presence/>'],
    ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
    ['bob/b', 'gets', "<presence type='subscribe' from='carol@localhost' to='bob@localhost'/>"],
  ])
})

it('a second host on the same file is refused with the reason', async () => {
  const database = join(folder, 'shared.sqlite')
  await using _first = openTestHost({ database })
  const second = openLocalHost({ domains: ['localhost'], database, log: silentLog })
  assert.equal(second.ok, false)
  assert.equal(second.ok ? '' : second.error.code, 'store-locked')
})
