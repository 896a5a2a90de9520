/** Presence and messages on the wire (RFC 6121 §4, §8.5; XEP-0160). */

import { describe, it } from 'node:test'
import { befriend, errorStanza, online, playScene, type Scene } from './scene.ts'

const presenceScenes: readonly Scene[] = [
  {
    name: 'broadcast: to subscribers and own resources, the sender included; late-comers are shown who is there',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['carol/c', 'enters'],
      ['carol/c', 'sends', '<presence/>'],
      ['carol/c', 'forgets'],
      ['alice/z', 'enters'],
      ['alice/z', 'sends', "<presence id='p'><priority>5</priority></presence>"],
      [
        'alice/z',
        'gets',
        "<presence id='p' from='alice@localhost/z' to='alice@localhost/z'><priority>5</priority></presence>",
      ],
      ['alice/z', 'gets', "<presence from='alice@localhost/a' to='alice@localhost/z'/>"],
      ['alice/z', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
      [
        'alice/a',
        'gets',
        "<presence id='p' from='alice@localhost/z' to='alice@localhost/a'><priority>5</priority></presence>",
      ],
      [
        'bob/b',
        'gets',
        "<presence id='p' from='alice@localhost/z' to='bob@localhost'><priority>5</priority></presence>",
      ],
      ['alice/z', 'sends', "<presence type='unavailable'><status>bye</status></presence>"],
      ['alice/z', 'forgets'],
      [
        'alice/a',
        'gets',
        "<presence type='unavailable' from='alice@localhost/z' to='alice@localhost/a'><status>bye</status></presence>",
      ],
      [
        'bob/b',
        'gets',
        "<presence type='unavailable' from='alice@localhost/z' to='bob@localhost'><status>bye</status></presence>",
      ],
      ['alice/z', 'vanishes'],
    ],
  },
  {
    name: 'a session that vanishes or leaves is told to be unavailable',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'vanishes'],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='bob@localhost'/>"],
      ['alice/b', 'enters'],
      ['alice/b', 'sends', '<presence/>'],
      ['bob/b', 'gets', "<presence from='alice@localhost/b' to='bob@localhost'/>"],
      ['alice/b', 'leaves'],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/b' to='bob@localhost'/>"],
    ],
  },
  {
    name: 'directed presence reaches one address and is taken back when the session goes',
    steps: [
      ...online('alice/a', 'bob/b', 'bob/c', 'carol/c'),
      ['alice/a', 'sends', "<presence to='bob@localhost/b'><status>psst</status></presence>"],
      ['bob/b', 'gets', "<presence from='alice@localhost/a' to='bob@localhost/b'><status>psst</status></presence>"],
      ['alice/a', 'sends', "<presence to='carol@localhost'/>"],
      ['carol/c', 'gets', "<presence from='alice@localhost/a' to='carol@localhost'/>"],
      ['alice/a', 'sends', "<presence type='unavailable' to='carol@localhost'/>"],
      ['carol/c', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='carol@localhost'/>"],
      ['alice/a', 'vanishes'],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='bob@localhost/b'/>"],
    ],
  },
  {
    name: 'directed presence of a session that never was available is taken back, too',
    steps: [
      ['alice/a', 'enters'],
      ...online('bob/b'),
      ['alice/a', 'sends', "<presence to='bob@localhost'/>"],
      ['bob/b', 'gets', "<presence from='alice@localhost/a' to='bob@localhost'/>"],
      ['alice/a', 'sends', "<presence type='unavailable'/>"],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='bob@localhost'/>"],
    ],
  },
  {
    name: 'directed presence to a subscriber ends once',
    steps: [
      ...online('alice/a', 'bob/b'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence to='bob@localhost'/>"],
      ['bob/b', 'forgets'],
      ['alice/a', 'vanishes'],
      ['bob/b', 'gets', "<presence type='unavailable' from='alice@localhost/a' to='bob@localhost'/>"],
    ],
  },
  {
    name: 'a probe shows a friend and tells a stranger nothing',
    steps: [
      ...online('alice/a', 'bob/b', 'carol/c'),
      ...befriend('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='probe' to='bob@localhost'/>"],
      ['alice/a', 'gets', "<presence from='bob@localhost/b' to='alice@localhost'/>"],
      ['carol/c', 'sends', "<presence type='probe' to='bob@localhost'/>"],
    ],
  },
  {
    name: 'a presence error goes to the client that it is for',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<presence type='error' to='bob@localhost/b'/>"],
      ['bob/b', 'gets', "<presence type='error' from='alice@localhost/a' to='bob@localhost/b'/>"],
      ['alice/a', 'sends', "<presence type='error' to='bob@localhost'/>"],
    ],
  },
]

describe('presence', () => {
  for (const scene of presenceScenes) it(scene.name, () => playScene(scene))

  it('one address more than may get directed presence is refused', () =>
    playScene(
      {
        name: 'directed',
        steps: [
          ['alice/a', 'enters'],
          ['alice/a', 'sends', "<presence to='b@localhost'/>"],
          ['alice/a', 'sends', "<presence to='b@localhost'/>"],
          ['alice/a', 'sends', "<presence to='c@localhost'/>"],
          [
            'alice/a',
            'gets',
            errorStanza('presence', 'resource-constraint', 'wait', "from='c@localhost' to='alice@localhost/a'"),
          ],
        ],
      },
      { limits: { maxDirected: 1 } },
    ))
})

const delay = "<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2026-01-02T00:00:00.000Z'/>"

const messageScenes: readonly Scene[] = [
  {
    name: 'a chat: from is stamped, everything else is left as it was',
    steps: [
      ...online('alice/a', 'bob/b'),
      [
        'alice/a',
        'sends',
        "<message to='Bob@localhost' type='chat' id='1' from='alice@localhost'><body>1 &lt; 2 &amp; 3</body><x xmlns='urn:x'><y xmlns=''/></x></message>",
      ],
      [
        'bob/b',
        'gets',
        "<message to='Bob@localhost' type='chat' id='1' from='alice@localhost/a'><body>1 &lt; 2 &amp; 3</body><x xmlns='urn:x'><y xmlns=''/></x></message>",
      ],
      ['bob/b', 'sends', "<message to='alice@localhost/a' type='chat'><body>hello</body></message>"],
      [
        'alice/a',
        'gets',
        "<message to='alice@localhost/a' type='chat' from='bob@localhost/b'><body>hello</body></message>",
      ],
    ],
  },
  {
    name: 'the highest priority gets it; equals all do; a negative one never',
    steps: [
      ...online('alice/a', 'bob/b', 'bob/c', 'bob/d'),
      ['bob/b', 'sends', '<presence><priority>5</priority></presence>'],
      ['bob/c', 'sends', '<presence><priority>5</priority></presence>'],
      ['bob/d', 'sends', '<presence><priority>-1</priority></presence>'],
      ['*', 'forgets'],
      ['alice/a', 'sends', "<message to='bob@localhost'><body>1</body></message>"],
      ['bob/b', 'gets', "<message to='bob@localhost' from='alice@localhost/a'><body>1</body></message>"],
      ['bob/c', 'gets', "<message to='bob@localhost' from='alice@localhost/a'><body>1</body></message>"],
      ['bob/c', 'sends', '<presence><priority>4</priority></presence>'],
      ['*', 'forgets'],
      ['alice/a', 'sends', "<message to='bob@localhost'><body>2</body></message>"],
      ['bob/b', 'gets', "<message to='bob@localhost' from='alice@localhost/a'><body>2</body></message>"],
      ['alice/a', 'sends', "<message to='bob@localhost' type='headline'><body>3</body></message>"],
      [
        'bob/b',
        'gets',
        "<message to='bob@localhost' type='headline' from='alice@localhost/a'><body>3</body></message>",
      ],
      [
        'bob/c',
        'gets',
        "<message to='bob@localhost' type='headline' from='alice@localhost/a'><body>3</body></message>",
      ],
    ],
  },
  {
    name: 'a message without address is for the own account',
    steps: [
      ...online('alice/a', 'alice/b'),
      ['alice/b', 'sends', '<presence><priority>1</priority></presence>'],
      ['*', 'forgets'],
      ['alice/a', 'sends', '<message><body>note</body></message>'],
      ['alice/b', 'gets', "<message from='alice@localhost/a' to='alice@localhost'><body>note</body></message>"],
    ],
  },
  {
    name: 'kept for one who is away, in order, with a stamp, and delivered once',
    steps: [
      ['bob/b', 'enters'],
      ['bob/b', 'vanishes'],
      ...online('alice/a'),
      ['alice/a', 'sends', "<message to='bob@localhost' id='1'><body>one</body></message>"],
      ['alice/a', 'sends', "<message to='bob@localhost/gone' type='chat' id='2'><body>two</body></message>"],
      [
        'alice/a',
        'sends',
        "<message to='bob@localhost' type='chat' id='3'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
      ],
      [
        'alice/a',
        'sends',
        "<message to='bob@localhost' type='chat' id='4'><body>secret</body><no-store xmlns='urn:xmpp:hints'/></message>",
      ],
      ['alice/a', 'sends', "<message to='bob@localhost' type='headline' id='5'><body>news</body></message>"],
      [
        'alice/a',
        'sends',
        "<message to='bob@localhost' type='chat' id='6'><enc xmlns='urn:x'/><store xmlns='urn:xmpp:hints'/></message>",
      ],
      ['bob/b', 'enters'],
      ['bob/b', 'sends', '<presence><priority>-1</priority></presence>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'><priority>-1</priority></presence>"],
      ['bob/b', 'sends', '<presence/>'],
      ['bob/b', 'gets', "<presence from='bob@localhost/b' to='bob@localhost/b'/>"],
      [
        'bob/b',
        'gets',
        `<message to='bob@localhost' id='1' from='alice@localhost/a'><body>one</body>${delay}</message>`,
      ],
      [
        'bob/b',
        'gets',
        `<message to='bob@localhost/gone' type='chat' id='2' from='alice@localhost/a'><body>two</body>${delay}</message>`,
      ],
      [
        'bob/b',
        'gets',
        `<message to='bob@localhost' type='chat' id='6' from='alice@localhost/a'><enc xmlns='urn:x'/><store xmlns='urn:xmpp:hints'/>${delay}</message>`,
      ],
      ['bob/c', 'enters'],
      ['bob/c', 'sends', '<presence/>'],
      ['*', 'forgets'],
      ['bob/b', 'sends', '<presence><show>dnd</show></presence>'],
      ['*', 'forgets'],
    ],
  },
  {
    name: 'what is refused: no such account, missing resource, groupchat',
    steps: [
      ...online('alice/a', 'bob/b'),
      ['alice/a', 'sends', "<message to='nobody@localhost' id='1'><body>?</body></message>"],
      [
        'alice/a',
        'gets',
        errorStanza(
          'message',
          'service-unavailable',
          'cancel',
          "id='1' from='nobody@localhost' to='alice@localhost/a'",
        ),
      ],
      ['alice/a', 'sends', "<message to='bob@localhost/x' id='2'><body>?</body></message>"],
      [
        'alice/a',
        'gets',
        errorStanza('message', 'service-unavailable', 'cancel', "id='2' from='bob@localhost/x' to='alice@localhost/a'"),
      ],
      ['alice/a', 'sends', "<message to='bob@localhost' type='groupchat' id='3'><body>?</body></message>"],
      [
        'alice/a',
        'gets',
        errorStanza('message', 'service-unavailable', 'cancel', "id='3' from='bob@localhost' to='alice@localhost/a'"),
      ],
      ['alice/a', 'sends', "<message to='bob@localhost' type='error' id='4'/>"],
      ['alice/a', 'sends', "<message to='nobody@localhost' type='error' id='5'/>"],
      ['alice/a', 'sends', "<message to='localhost' type='error' id='6'/>"],
    ],
  },
]

describe('messages', () => {
  for (const scene of messageScenes) it(scene.name, () => playScene(scene))

  it('a full queue refuses, so that the sender knows', () =>
    playScene(
      {
        name: 'full',
        steps: [
          ['bob/b', 'enters'],
          ['bob/b', 'vanishes'],
          ['alice/a', 'enters'],
          ['alice/a', 'sends', "<message to='bob@localhost' id='1'><body>1</body></message>"],
          ['alice/a', 'sends', "<message to='bob@localhost' id='2'><body>2</body></message>"],
          [
            'alice/a',
            'gets',
            errorStanza(
              'message',
              'service-unavailable',
              'cancel',
              "id='2' from='bob@localhost' to='alice@localhost/a'",
            ),
          ],
        ],
      },
      { limits: { maxOfflineMessages: 1 } },
    ))
})
