/** The self test passes on this Node, and finds each fault in a door that has it. */

import assert from 'node:assert/strict'
import { constants } from 'node:crypto'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Channel, Peer } from '../../src/certificate/channel.ts'
import { fail, ok } from '../../src/result.ts'
import { readChannel } from '../../src/transport/read-channel.ts'
import { createSelfTest, runSelfTest, type SelfTestFault } from '../../src/transport/self-test.ts'
import { createTlsDoor, type TlsDoor, type TlsDoorParts } from '../../src/transport/tls-door.ts'

type CreateDoor = (parts: TlsDoorParts) => TlsDoor

/** A sound door whose findings are changed on their way. */
function tellingOtherwise(change: (peer: Peer) => Peer): CreateDoor {
  return (parts) => {
    const door = createTlsDoor(parts)
    return {
      ...door,
      async accept(...args) {
        const secured = await door.accept(...args)
        if (!secured.ok) return secured
        const channel: Channel = { ...secured.value.channel, peer: change(secured.value.channel.peer) }
        return ok({ ...secured.value, channel })
      },
    }
  }
}

/** A door with OpenSSL options of its own. */
function withOptions(secureOptions: number): CreateDoor {
  return (parts) => {
    const { cert, key } = parts.identity
    const ca = [...parts.trust.pem]
    const secureContext = createSecureContext({ cert, key, ca, secureOptions, sessionIdContext: 'careless' })
    return {
      verifyMode: parts.verifyMode,
      shown: [],
      async accept(raw, remote) {
        const options = { isServer: true, requestCert: true, rejectUnauthorized: false, secureContext }
        const socket = new TLSSocket(raw, options)
        socket.on('error', () => undefined)
        await once(socket, 'secure')
        return ok({ socket, channel: readChannel(socket, remote, parts) })
      },
    }
  }
}

const trusting = tellingOtherwise((peer) =>
  peer.kind === 'certificate' ? { ...peer, chain: { kind: 'trusted', chain: [peer.certificate.der] } } : peer,
)

const forgetful: CreateDoor = (parts) =>
  createTlsDoor({ ...parts, validate: (query) => parts.validate({ ...query, extra: [] }) })

const refusing = tellingOtherwise((peer) =>
  peer.kind === 'certificate' ? { ...peer, chain: { kind: 'untrusted', code: 'chain-weak', text: 'not today' } } : peer,
)

const inventive = tellingOtherwise((peer) =>
  peer.kind === 'none' ? { kind: 'unreadable', sha256: '', fault: { field: 'subject', why: 'made up' } } : peer,
)

const lostChain: SelfTestFault = {
  property: 'chain',
  why: 'does not hand on the intermediate certificates that a client sends',
}
const verdict = (why: string): SelfTestFault => ({ property: 'verdict', why })
const resumption = (version: string): SelfTestFault => ({
  property: 'resumption',
  why: `resumes a ${version} session, and with it the verdict of an older handshake`,
})
const renegotiation: SelfTestFault = {
  property: 'renegotiation',
  why: 'lets a client renegotiate, and so change its certificate unseen',
}

const rows: readonly { name: string; createDoor: CreateDoor; found: readonly SelfTestFault[] }[] = [
  {
    name: 'that finds nothing wrong with any certificate',
    createDoor: trusting,
    found: [
      lostChain,
      verdict('takes a certificate of an unknown CA for a verified one'),
      verdict("takes a certificate with another's signature for a verified one"),
      verdict('takes a self-signed certificate for a verified one'),
    ],
  },
  {
    name: 'that finds the same wrong with every certificate',
    createDoor: refusing,
    found: [
      verdict('does not take a good client certificate: not today [chain-weak]'),
      verdict('does not say chain-unknown-ca of a certificate of an unknown CA: not today [chain-weak]'),
      verdict("does not say chain-bad-signature of a certificate with another's signature: not today [chain-weak]"),
      verdict('does not say chain-self-signed of a self-signed certificate: not today [chain-weak]'),
    ],
  },
  { name: 'that loses the chain', createDoor: forgetful, found: [lostChain] },
  {
    name: 'that sees certificates where there are none',
    createDoor: inventive,
    found: [verdict('tells of a certificate where the client sent none')],
  },
  {
    name: 'that hands out tickets',
    createDoor: withOptions(constants.SSL_OP_NO_RENEGOTIATION),
    found: [resumption('TLS 1.3'), resumption('TLS 1.2')],
  },
  {
    name: 'that renegotiates',
    createDoor: withOptions(constants.SSL_OP_NO_TICKET),
    found: [renegotiation],
  },
  {
    name: 'that has no handshakes',
    createDoor: () => ({ verifyMode: 'peer', shown: [], accept: async () => fail({ why: 'closed on Sundays' }) }),
    found: [{ property: 'handshake', why: 'fails at a handshake with itself on 127.0.0.1: closed on Sundays' }],
  },
  {
    name: 'that cannot be built',
    createDoor: () => {
      throw new Error('no cipher match')
    },
    found: [{ property: 'handshake', why: 'fails at a handshake with itself on 127.0.0.1: no cipher match' }],
  },
]

describe('the self test', () => {
  test('passes on this Node', async () => assert.deepEqual(await runSelfTest(), ok(undefined)))

  for (const { name, createDoor, found } of rows) {
    test(`sees through a door ${name}`, async () => assert.deepEqual(await runSelfTest(createDoor), fail(found)))
  }

  test('is run once for all who ask, and again only after it failed', async () => {
    let runs = 0
    const selfTest = createSelfTest(async () => {
      runs += 1
      return runs === 1 ? fail([renegotiation]) : ok(undefined)
    })
    const both = await Promise.all([selfTest(), selfTest()])
    assert.deepEqual(both, [fail([renegotiation]), fail([renegotiation])])
    assert.equal(runs, 1)
    assert.deepEqual(await selfTest(), ok(undefined))
    assert.deepEqual(await selfTest(), ok(undefined))
    assert.equal(runs, 2)
  })
})
