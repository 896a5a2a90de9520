/** Subscriptions on the wire (RFC 6121 §3). */

import { describe, it } from 'node:test'
import { expectRoster, push, result, rosterSet } from './roster-markup.ts'
import { befriend, online, playScene, type Scene } from './scene.ts'

const subscriptionScenes: readonly Scene[] = [
  {
    name: 'asked, granted: pushes on both sides, then the presence of the one asked',
    steps: [
      ...online('alice/a', 'bob/b'),
      [
        'alice/a',
        'sends',
        "<presence type='subscribe' to='bob@localhost/x' id='s'><status>It is me</status></presence>",
      ],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none' ask='subscribe'/>")],
      [
        'bob/b',
        'gets',
        "<presence type='subscribe' from='alice@localhost' to='bob@localhost' id='s'><status>It is me</status></presence>",
      ],
      ...expectRoster('bob/b', 'bob@localhost/b', ''),
      ['bob/b', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='from'/>")],
      ['alice/a', 'gets', "<presence type='subscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='to'/>")],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ],
  },
  {
    name: 'asked, denied',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['*', 'forgets'],
      ['bob/b', 'sends', "<presence type='unsubscribed' to='alice@localhost'/>"],
      ['alice/a', 'gets', "<presence type='unsubscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none'/>")],
      ...expectRoster('bob/b', 'bob@localhost/b', ''),
    ],
  },
  {
    name: 'a request waits for the next available presence, and until it is answered',
    steps: [
      ...online('bob/b'),
      ['bob/b', 'vanishes'],
      ...online('alice/a'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'forgets'],
      ['bob/b', 'enters'],
      ['bob/b', 'sends', '<presence/>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
      ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'vanishes'],
      ['bob/c', 'enters'],
      ['bob/c', 'sends', '<presence/>'],
      ['bob/c', 'gets', "<presence from='bob@localhost/c' to='bob@localhost/c'/>"],
      ['bob/c', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/c', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
      ['*', 'forgets'],
      ['bob/d', 'enters'],
      ['bob/d', 'sends', '<presence><priority>-1</priority></presence>'],
      ['bob/d', 'gets', "<presence from='bob@localhost/d' to='bob@localhost/d'><priority>-1</priority></presence>"],
      ['bob/d', 'gets', "<presence from='bob@localhost/c' to='bob@localhost/d'/>"],
      ['*', 'forgets'],
    ],
  },
  {
    name: 'a request to an account before its first login waits for that login',
    steps: [
      ...online('alice/a'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none' ask='subscribe'/>")],
      ['bob/b', 'enters'],
      ['bob/b', 'sends', '<presence/>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
      ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
    ],
  },
  {
    name: 'a request that was granted before is granted again by the server',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ],
  },
  {
    name: 'a pre-approval answers the request that comes later',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['bob/b', 'sends', "<presence type='subscribed' to='alice@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='none' approved='true'/>")],
      ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='from' approved='true'/>")],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='none' ask='subscribe'/>")],
      ['alice/a', 'gets', "<presence type='subscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='to'/>")],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
    ],
  },
  {
    name: 'unsubscribe: the one left says so, and is not seen any more',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='unsubscribe' to='bob@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='from'/>")],
      ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
      ['bob/b', 'gets', "<presence type='unsubscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='to'/>")],
      ['bob/b', 'sends', '<presence><show>away</show></presence>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'><show>away</show></presence>"],
    ],
  },
  {
    name: 'unsubscribed: the end of the presence comes before the end of the subscription',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['bob/b', 'sends', "<presence type='unsubscribed' to='alice@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='to'/>")],
      ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
      ['alice/a', 'gets', "<presence type='unsubscribed' from='bob@localhost' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='from'/>")],
    ],
  },
  {
    name: 'removing a contact ends both subscriptions on both sides',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', rosterSet('1', "<item jid='bob@localhost' subscription='remove'/>")],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='bob@localhost'/>"],
      ['bob/b', 'gets', "<presence type='unsubscribed' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='from'/>")],
      ['bob/b', 'gets', "<presence type='unsubscribe' from='alice@localhost' to='bob@localhost'/>"],
      ['bob/b', 'gets', push('bob@localhost/b', "<item jid='alice@localhost' subscription='none'/>")],
      ['alice/a', 'gets', "<presence type='unavailable' from='bob@localhost/b' to='alice@localhost'/>"],
      ['alice/a', 'gets', push('alice@localhost/a', "<item jid='bob@localhost' subscription='remove'/>")],
      ['alice/a', 'gets', result('1', 'alice@localhost/a')],
    ],
  },
  {
    name: 'a subscription to oneself is nothing',
    steps: [
      ...online('alice/a'),
      ['alice/a', 'sends', "<presence type='subscribe' to='alice@localhost'/>"],
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
    ],
  },
  {
    name: 'answers that nobody asked for change nothing on the other side',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='unsubscribed' to='bob@localhost'/>"],
      ['alice/a', 'sends', "<presence type='unsubscribe' to='bob@localhost'/>"],
      ...expectRoster('bob/b', 'bob@localhost/b', ''),
      ...expectRoster('alice/a', 'alice@localhost/a', ''),
    ],
  },
]

describe('subscriptions', () => {
  for (const scene of subscriptionScenes) it(scene.name, () => playScene(scene))

  it('one request more than may wait is dropped', () =>
    playScene(
      {
        name: 'pending',
        steps: [
          ['bob/b', 'enters'],
          ['bob/b', 'vanishes'],
          ['alice/a', 'enters'],
          ['carol/c', 'enters'],
          ['alice/a', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
          ['carol/c', 'sends', "<presence type='subscribe' to='bob@localhost'/>"],
          ['bob/b', 'enters'],
          ['bob/b', 'sends', '<presence/>'],
          ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
          ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
        ],
      },
      { limits: { maxPendingRequests: 1 } },
    ))

  it('a request that is too large is kept without its contents', () =>
    playScene(
      {
        name: 'large',
        steps: [
          ...online('alice/a', 'bob/b'),
          [
            'alice/a',
            'sends',
            `<presence type='subscribe' to='bob@localhost'><status>${'x'.repeat(100)}</status></presence>`,
          ],
          ['alice/a', 'forgets'],
          ['bob/b', 'gets', "<presence type='subscribe' from='alice@localhost' to='bob@localhost'/>"],
        ],
      },
      { limits: { maxPendingRequestBytes: 100 } },
    ))
})
