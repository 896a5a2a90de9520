/** What can be changed in a random chain; some changes break it, others must not. */

import { type AuthorityOptions, createAuthority } from './certificate.ts'
import { bits, context, integer, nothing, octets, oid, sequence } from './der-writer.ts'
import { extensionTypes, type Purpose } from './extensions.ts'
import * as names from './names.ts'
import type { ChainPlan } from './random-chains.ts'
import { nameChanges } from './random-name-changes.ts'

/** A change with its name. */
export interface Change {
  readonly name: string
  apply(plan: ChainPlan): void
}

const dayMs = 86_400_000
const longAgo = new Date(Date.now() - 10 * dayMs)
const yesterday = new Date(Date.now() - dayMs / 2)
const tomorrow = new Date(Date.now() + dayMs)

/** Sets fields of one CA, any of them. */
function authority(name: string, change: (options: AuthorityOptions, plan: ChainPlan) => AuthorityOptions): Change {
  return {
    name,
    apply(plan) {
      const index = plan.random.below(plan.authorities.length)
      const options = plan.authorities[index]
      if (options !== undefined) plan.authorities[index] = { ...options, ...change(options, plan) }
    },
  }
}

/** Sets fields of the leaf. */
function leaf(name: string, change: (plan: ChainPlan) => AuthorityOptions): Change {
  return {
    name,
    apply(plan) {
      plan.leaf = { ...plan.leaf, ...change(plan) }
    },
  }
}

const other = (name: string, apply: (plan: ChainPlan) => void): Change => ({ name, apply })

const raw = (type: string, critical: boolean, value: Uint8Array): AuthorityOptions => ({
  extensions: [{ oid: type, critical, value }],
})

const unknownOid = '1.3.6.1.4.1.99999.3'
const policies = sequence(sequence(oid('1.3.6.1.4.1.99999.4')))
const crlPoint = sequence(sequence(context(0, context(0, names.uri('http://random.example/ca.crl')))))
const certType = '2.16.840.1.113730.1.1'
const purposeLists: readonly (readonly Purpose[])[] = [
  ['clientAuth'],
  ['clientAuth', 'serverAuth'],
  ['serverAuth'],
  ['any'],
  ['any', 'clientAuth'],
  ['emailProtection'],
]

const authorityChanges: readonly Change[] = [
  authority('CA expired', () => ({ notBefore: longAgo, notAfter: yesterday })),
  authority('CA not yet valid', () => ({ notBefore: tomorrow })),
  authority('CA with pathLen', (_, { random }) => ({ pathLen: random.below(3) })),
  authority('CA with pathLen', (_, { random }) => ({ pathLen: random.below(3) })),
  authority('CA without basicConstraints', () => ({ basicConstraints: null })),
  authority('CA:FALSE', () => ({ basicConstraints: { ca: false } })),
  authority('CA with basicConstraints not critical', () => ({ basicConstraints: { ca: true, critical: false } })),
  authority('CA without keyUsage', () => ({ keyUsage: null })),
  authority('CA without keyCertSign', () => ({ keyUsage: ['cRLSign', 'digitalSignature'] })),
  authority('CA with EKU', (_, { random }) => ({ eku: random.pick(purposeLists) })),
  authority('CA of version 1', () => ({ version: 1 })),
  authority('CA with unknown extension', (_, { random }) => raw(unknownOid, random.chance(0.5), nothing())),
  authority('CA with critical policies', () => raw(extensionTypes.certificatePolicies, true, policies)),
  authority('CA with inhibitAnyPolicy', () => raw(extensionTypes.inhibitAnyPolicy, true, integer(0))),
  authority('CA that requires a policy', () => {
    return raw(extensionTypes.policyConstraints, true, sequence(Buffer.from([0x80, 1, 0])))
  }),
  authority('CA without key identifiers', () => ({ subjectKeyIdentifier: null, authorityKeyIdentifier: null })),
  authority('CA with another SKI', () => ({ subjectKeyIdentifier: Buffer.from('somebody') })),
  authority('CA with a wrong AKI', () => ({ authorityKeyIdentifier: Buffer.from('somebody') })),
  authority('CA with a bad signature', () => ({ corruptSignature: true })),
  authority('CA signed with SHA-1', () => ({ signatureAlgorithm: 'sha1' })),
  authority('CA with an RSA key', (_, { keys }) => ({ key: keys.rsa })),
  authority('CA with an Ed25519 key', (_, { keys }) => ({ key: keys.ed25519 })),
  authority('CA with a P-384 key', (_, { keys }) => ({ key: keys.p384 })),
  authority('CA with a weak RSA key', (_, { keys }) => ({ key: keys.rsaWeak })),
  authority('CA with a weak curve', (_, { keys }) => ({ key: keys.p192 })),
  authority('CA with RSASSA-PSS below', (_, { keys }) => ({ key: keys.rsa })),
  authority('CA named in capitals', () => ({ subject: [names.cn('RANDOM CA')] })),
  authority('CA of an RSA key named by issuer and serial', () => {
    return raw(
      extensionTypes.authorityKeyIdentifier,
      false,
      sequence(context(1, names.dirName([names.cn('Random CA 0')])), Buffer.from([0x82, 1, 7])),
    )
  }),
  other('CA self-issued', (plan) => {
    const index = 1 + plan.random.below(3)
    const above = plan.authorities[index - 1]
    const options = plan.authorities[index]
    if (above !== undefined && options !== undefined) plan.authorities[index] = { ...options, ...nameOf(above) }
  }),
]

/** Changes one octet of one extension; its signature is over what it then is. */
function oneOctet({ random }: ChainPlan): AuthorityOptions {
  return {
    alterExtensions(list) {
      const chosen = random.below(list.length)
      return list.map((extension, index) => {
        if (index !== chosen) return extension
        const altered = Buffer.from(extension)
        altered[random.below(altered.length)] = random.below(256)
        return altered
      })
    },
  }
}

const octetChanges: readonly Change[] = Array.from({ length: 10 }, () => [
  authority('one octet in an extension of a CA', (_, plan) => oneOctet(plan)),
  leaf('one octet in an extension of the leaf', oneOctet),
]).flat()

const garbledChanges: readonly Change[] = Array.from({ length: 5 }, () =>
  other('one octet of what is sent behind the leaf', (plan) => {
    plan.garbledOctets += 1
  }),
)

const nameOf = ({ name, subject }: AuthorityOptions): AuthorityOptions => (subject ? { subject } : name ? { name } : {})

const leafChanges: readonly Change[] = [
  leaf('leaf expired', () => ({ notBefore: longAgo, notAfter: yesterday })),
  leaf('leaf not yet valid', () => ({ notBefore: tomorrow })),
  leaf('leaf with EKU', ({ random }) => ({ eku: random.pick(purposeLists) })),
  leaf('leaf without EKU', () => ({ eku: null })),
  leaf('leaf without keyUsage', () => ({ keyUsage: null })),
  leaf('leaf for key agreement', () => ({ keyUsage: ['keyAgreement'] })),
  leaf('leaf for encipherment', () => ({ keyUsage: ['keyEncipherment'] })),
  leaf('leaf with empty keyUsage', () => ({ keyUsage: [] })),
  leaf('leaf of version 1', () => ({ version: 1 })),
  leaf('leaf is a CA', () => ({ basicConstraints: { ca: true } })),
  leaf('leaf says CA:FALSE', () => ({ basicConstraints: { ca: false } })),
  leaf('leaf with unknown extension', ({ random }) => raw(unknownOid, random.chance(0.5), nothing())),
  leaf('leaf with nsCertType', ({ random }) =>
    raw(certType, random.chance(0.3), bits(Buffer.from([random.pick([0x80, 0x40, 0xa0])]), 5)),
  ),
  leaf('leaf with CRL points', ({ random }) => raw('2.5.29.31', random.chance(0.5), crlPoint)),
  leaf('leaf with broken CRL points', () => raw('2.5.29.31', false, octets())),
  leaf('leaf with broken policies', () => raw(extensionTypes.certificatePolicies, false, octets())),
  leaf('leaf with address blocks', () =>
    raw('1.3.6.1.5.5.7.1.7', false, sequence(sequence(octets(Buffer.from([0, 1])), nothing()))),
  ),
  leaf('leaf is a proxy', () => ({
    ...raw('1.3.6.1.5.5.7.1.14', true, sequence(sequence(oid('1.3.6.1.5.5.7.21.1')))),
  })),
  leaf('leaf with critical SKI', () => ({
    ...raw(extensionTypes.subjectKeyIdentifier, true, octets(Buffer.from('k'))),
    subjectKeyIdentifier: null,
  })),
  leaf('leaf with two SANs', () => ({ duplicateSan: [names.xmppAddr('bob@random.example')] })),
  leaf('leaf with an empty SAN', () => ({ san: [] })),
  leaf('leaf with a wrong AKI', () => ({ authorityKeyIdentifier: Buffer.from('somebody') })),
  leaf('leaf without AKI', () => ({ authorityKeyIdentifier: null })),
  leaf('leaf with a bad signature', () => ({ corruptSignature: true })),
  leaf('leaf signed with SHA-1', () => ({ signatureAlgorithm: 'sha1' })),
  leaf('leaf signed with SHA-384', () => ({ signatureAlgorithm: 'sha384' })),
  leaf('leaf with a weak RSA key', ({ keys }) => ({ key: keys.rsaWeak })),
  leaf('leaf with an RSA key', ({ keys }) => ({ key: keys.rsa })),
  leaf('leaf with an Ed25519 key', ({ keys }) => ({ key: keys.ed25519 })),
  leaf('leaf without subject', () => ({ subject: [], sanCritical: true })),
  leaf('leaf with a serial number of zero', () => ({ serial: 0n })),
  leaf('leaf named like its issuer', (plan) => ({ subject: [names.cn(plan.authorities.at(-1)?.name ?? '')] })),
  leaf('issuer in other letters', (plan) => ({
    issuerName: [names.cn(`  ${plan.authorities.at(-1)?.name?.toUpperCase()} `, 'printable')],
  })),
  leaf('issuer as BMPString', (plan) => ({ issuerName: [names.cn(plan.authorities.at(-1)?.name ?? '', 'bmp')] })),
  other('leaf self-signed', (plan) => {
    plan.isSelfSigned = true
  }),
]

const sendingChanges: readonly Change[] = [
  other('root not trusted', (plan) => {
    plan.isRootTrusted = false
  }),
  other('one intermediate not sent', (plan) => {
    plan.dropped.add(1 + plan.random.below(Math.max(1, plan.authorities.length - 1)))
  }),
  other('unrelated CA sent', (plan) => {
    plan.extra.push(() => createAuthority({ name: 'Unrelated' }))
  }),
  other('leaf sent twice', (plan) => {
    plan.extra.push(({ leaf: own }) => own)
  }),
  other('order shuffled', (plan) => {
    plan.isShuffled = true
  }),
  other('CA of the same name and another key sent', (plan) => sendTwin(plan, { key: plan.keys.other })),
  other('CA of the same name and another key sent, without key identifiers', (plan) => {
    sendTwin(plan, { key: plan.keys.other, subjectKeyIdentifier: null })
    plan.leaf = { ...plan.leaf, authorityKeyIdentifier: null }
  }),
  other('CA cross-signed by a stranger sent', (plan) => {
    plan.extra.push(({ authorities }) => crossSign(authorities.at(-1), createAuthority({ name: 'Stranger' })))
  }),
  other('CA cross-signed by the root sent', (plan) => {
    plan.extra.push(({ authorities }) => crossSign(authorities.at(-1), authorities[0]))
  }),
  other('expired twin of a CA sent', (plan) => {
    plan.extra.push(({ authorities }) =>
      crossSign(authorities.at(-1), authorities.at(-2), { notBefore: longAgo, notAfter: yesterday }),
    )
  }),
  other('intermediate trusted', (plan) => {
    plan.trustLast.push(({ authorities }) => authorities.at(-1) ?? createAuthority({}))
  }),
  other('intermediate trusted and not sent', (plan) => {
    plan.trustLast.push(({ authorities }) => authorities.at(-1) ?? createAuthority({}))
    plan.dropped.add(plan.authorities.length - 1)
  }),
  other('two roots of one name', (plan) => {
    const list = plan.random.chance(0.5) ? plan.trustFirst : plan.trustLast
    list.push(({ authorities: [root] }) => createAuthority({ subject: root?.subject ?? [], key: plan.keys.other }))
  }),
  other('expired twin of the root trusted', (plan) => {
    const list = plan.random.chance(0.5) ? plan.trustFirst : plan.trustLast
    list.push(({ authorities: [root] }) => {
      const key = root?.key ?? plan.keys.other
      return createAuthority({ subject: root?.subject ?? [], key, notBefore: longAgo, notAfter: yesterday })
    })
  }),
  other('stranger trusted as well', (plan) => {
    plan.trustFirst.push(() => createAuthority({ name: 'Stranger' }))
  }),
  other('issued by a user', (plan) => {
    plan.authorities.push({
      name: 'Mallory',
      key: plan.keys.other,
      basicConstraints: null,
      keyUsage: ['digitalSignature'],
    })
  }),
]

function sendTwin(plan: ChainPlan, options: AuthorityOptions): void {
  plan.extra.unshift(({ authorities }) => {
    const own = authorities.at(-1)
    return createAuthority({ subject: own?.subject ?? [], ...(own?.issuer && { parent: own.issuer }), ...options })
  })
}

type Made = ReturnType<typeof createAuthority>

function crossSign(own: Made | undefined, by: Made | undefined, options: AuthorityOptions = {}): Made {
  if (own === undefined) throw new TypeError('a chain without authorities')
  return createAuthority({ subject: own.subject, key: own.key, ...(by && { parent: by }), ...options })
}

/** All changes. */
export const changes: readonly Change[] = [
  ...authorityChanges,
  ...leafChanges,
  ...sendingChanges,
  ...octetChanges,
  ...garbledChanges,
  ...nameChanges,
]
