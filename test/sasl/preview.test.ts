/** What EXTERNAL would come to, told without an attempt: it says what the mechanism says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel, Peer, VerifyMode } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { authId, byBackend, commonName, type IdentityRule, standard } from '../../src/certificate/identity.ts'
import { createExternal } from '../../src/sasl/external.ts'
import { type Preview, previewExternal } from '../../src/sasl/preview.ts'
import { type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'

const catalogue = createCatalogue('example.org')
const cn = commonName({ prefix: '', suffix: '' })

function peerOf(name: CatalogueName | null): Peer {
  if (name === null) return { kind: 'none' }
  const { leafDer, chain } = catalogue.get(name)
  const parsed = parseCertificate(leafDer)
  assert.ok(parsed.ok)
  if (chain === 'trusted')
    return { kind: 'certificate', certificate: parsed.value, chain: { kind: 'trusted', chain: [] } }
  if (chain === 'self-signed') return { kind: 'certificate', certificate: parsed.value, chain: { kind: 'self-signed' } }
  return { kind: 'certificate', certificate: parsed.value, chain: { kind: 'untrusted', code: chain, text: 'as it is' } }
}

interface Row {
  readonly name: CatalogueName | null
  readonly rules?: readonly IdentityRule[]
  readonly verifyMode?: VerifyMode
  readonly is: Partial<Preview>
}

const rows: readonly Row[] = [
  { name: null, is: { kind: 'none' } },
  { name: 'one', verifyMode: 'none', is: { kind: 'closed' } },
  { name: 'expired', is: { kind: 'refused', code: 'chain-expired', why: 'as it is' } },
  { name: 'self-signed', is: { kind: 'refused', code: 'chain-self-signed', why: '' } },
  { name: 'self-signed', verifyMode: 'selfsigned_peer', is: { kind: 'accounts', accounts: ['alice@example.org'] } },
  { name: 'one', is: { kind: 'accounts', accounts: ['alice@example.org'] } },
  { name: 'two', is: { kind: 'accounts', accounts: ['alice@example.org', 'bob@example.org'] } },
  { name: 'two-one-foreign', is: { kind: 'accounts', accounts: ['alice@example.org'] } },
  {
    name: 'foreign-domain',
    is: {
      kind: 'refused',
      code: 'xmpp-addr-foreign-domain',
      why: 'xmppAddr alice@foreign.example is not of the domain example.org',
    },
  },
  { name: 'none', rules: [standard, cn], is: { kind: 'accounts', accounts: ['alice@example.org'] } },
  { name: 'none', rules: [standard, authId], is: { kind: 'ask' } },
  { name: 'none', rules: [standard, byBackend], is: { kind: 'open' } },
  { name: 'none', rules: [], is: { kind: 'refused', code: 'no-identity', why: 'no identity rule is configured' } },
]

for (const { name, rules = [standard], verifyMode = 'peer', is } of rows) {
  const by = rules.map((rule) => rule.name).join(', ') || 'no rule'
  test(`${name ?? 'no certificate'} with ${verifyMode} by ${by}: ${is.kind}`, () => {
    const tls = { version: 'TLSv1.3', cipher: 'x', resumed: false, serverName: null }
    const channel: Channel = { transport: 'bosh', remote: 'test', tls, peer: peerOf(name) }
    const found = previewExternal(createExternal(rules), { channel, verifyMode, domain: 'example.org' })
    assert.deepEqual(
      { ...found, ...('identity' in found && { identity: [] }) },
      { ...is, ...('identity' in found && { identity: [] }) },
    )
  })
}

test('where EXTERNAL is not on offer nothing else is said', () => {
  const channel: Channel = { transport: 'bosh', remote: 'test', tls: null, peer: { kind: 'none' } }
  assert.deepEqual(previewExternal(null, { channel, verifyMode: 'peer', domain: 'example.org' }), { kind: 'closed' })
})
