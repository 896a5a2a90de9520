/**
 * A login attempt with EXTERNAL, whatever the client responds: never throws, makes one decision, and allows nobody but
 * whom the certificate names.
 */

import { allow } from '../../src/auth/allow.ts'
import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { AuthBackend } from '../../src/auth/contract.ts'
import type { Channel } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { authId, byBackend, commonName, type IdentityRule, standard } from '../../src/certificate/identity.ts'
import { bareOf, formatBare, parseJid } from '../../src/jid/jid.ts'
import type { Call } from '../../src/observe/call.ts'
import { ok } from '../../src/result.ts'
import { type AttemptStep, startAttempt } from '../../src/sasl/attempt.ts'
import { createExternal } from '../../src/sasl/external.ts'
import type { AttemptScene } from '../../src/sasl/scene.ts'
import type { Account } from '../../src/session/contract.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateBytes, randomOctets } from './mutate.ts'
import { expect, type FuzzTarget } from './target.ts'

const domain = 'a.example'
const rules: readonly (readonly IdentityRule[])[] = [
  [standard],
  [standard, commonName({ prefix: '', suffix: '' })],
  [commonName({ prefix: 'p-', suffix: '' }), standard],
  [standard, authId],
  [byBackend],
]
const responses = [
  'alice@a.example',
  'bob@a.example',
  'ALICE@A.EXAMPLE/x',
  'alice',
  'a.example',
  '@',
  '',
  '=',
  'p-alice@a.example',
]
const call: Call = { deadline: Number.POSITIVE_INFINITY, signal: new AbortController().signal }

/** Fuzzes `startAttempt` with EXTERNAL. The first octet of an input chooses the certificate, the second the rules. */
export function createExternalTarget(): FuzzTarget {
  const scenes = createCatalogue(domain).all.flatMap(({ leafDer }) => {
    const parsed = parseCertificate(leafDer)
    if (!parsed.ok) return []
    const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null }
    const peer = { kind: 'certificate', certificate: parsed.value, chain: { kind: 'trusted', chain: [] } } as const
    const channel: Channel = { transport: 'tcp', remote: '192.0.2.1:1', tls, peer }
    return [{ channel, own: parsed.value.names.xmppAddr.flatMap(({ jid }) => (jid === null ? [] : [bareOf(jid)])) }]
  })
  return {
    name: 'external',
    quickInputs: 8000,
    longShare: 50_000,
    generate: (random) =>
      Buffer.concat([Buffer.from([random.below(256), random.below(rules.length)]), responseOf(random)]),
    check: async (input) => {
      const scene = scenes[(input[0] ?? 0) % scenes.length]
      const which = (input[1] ?? 0) % rules.length
      if (scene === undefined) throw new TypeError('no scene')
      const own = scene.own.map((jid) => (jid === null ? '' : formatBare(jid)))
      const response = input.length === 2 ? null : input.subarray(2)
      // Nobody names anybody there, so nobody may get in, however careless a backend is.
      const mayBe = which === 0 ? own : rules[which]?.includes(byBackend) ? [] : null
      await checkAttempt(sceneOf(scene.channel, rules[which] ?? []), response, mayBe)
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Lets in whomever the claim names. */
const careless: AuthBackend = {
  ...{ name: 'careless', takes: ['certificate'] },
  judge: (claim) => allow(claim),
  [Symbol.asyncDispose]: async () => undefined,
}

function responseOf(random: Random): Buffer {
  if (random.chance(0.1)) return randomOctets(random, 40)
  if (random.chance(0.01)) return Buffer.alloc(3060 + random.below(30), random.pick(['a', '@', 'é', '.']))
  const text = Buffer.from(random.pick(responses))
  return random.chance(0.4) ? text : mutateBytes(random, text)
}

function sceneOf(channel: Channel, chosen: readonly IdentityRule[]): AttemptScene {
  const authority = createAuthority([createPkiBackend(), careless])
  const mechanisms = [createExternal(chosen)]
  return { listener: 'fuzz', transport: 'tcp', channel, verifyMode: 'peer', domain, from: null, mechanisms, authority }
}

async function checkAttempt(
  scene: AttemptScene,
  response: Uint8Array | null,
  own: readonly string[] | null,
): Promise<void> {
  const opened: Account[] = []
  const attempt = startAttempt(scene, 'EXTERNAL', async (account: Account) => {
    opened.push(account)
    return ok(account)
  })
  const step: AttemptStep<Account> = await attempt.step(response, call)
  expect(step.kind !== 'challenge', 'EXTERNAL has no challenge')
  const { outcome } = step.decision
  expect((step.kind === 'allowed') === (outcome.kind === 'allow'), 'a record that says something else')
  expect(opened.length === (step.kind === 'allowed' ? 1 : 0), 'a session for nobody, or none for somebody')
  expect(JSON.stringify(step.decision).length < 60_000, 'an endless record')
  if (step.kind !== 'allowed') return
  const jid = formatBare(step.session.jid)
  expect(step.session.jid.domain === domain, 'allowed at another domain')
  expect(own === null || own.includes(jid), `allowed as ${jid}, which is not in the certificate`)
  checkAsked(response, jid)
}

/** Whoever asks for an identity gets that one or none; CN rules know two spellings of one. */
function checkAsked(response: Uint8Array | null, jid: string): void {
  if (response === null || response.length === 0) return
  const asked = parseJid(Buffer.from(response).toString('utf8'))
  const bare = asked.ok ? bareOf(asked.value) : null
  expect(bare !== null && bare.domain === domain, 'allowed on a response that is no JID of ours')
  expect(
    formatBare(bare) === jid || jid === `p-${formatBare(bare)}`,
    `allowed as ${jid}, asked for ${formatBare(bare)}`,
  )
}
