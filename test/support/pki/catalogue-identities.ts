/** Catalogue entries that differ in the names they hold; the chain of each is good. */

import type { CatalogueBase, CatalogueCase } from './catalogue.ts'
import { type CertificateOptions, issue } from './certificate.ts'
import { text } from './der-writer.ts'
import * as names from './names.ts'

/** The entries about names. */
export function identityCases({ domain, root }: CatalogueBase) {
  const alice = names.xmppAddr(`alice@${domain}`)
  const good = (options: CertificateOptions): CatalogueCase => ({ leaf: issue(root, options), chain: 'trusted' })
  const addresses = (...values: string[]): CatalogueCase =>
    good({ cn: 'Alice', san: values.map((v) => names.xmppAddr(v)) })
  return {
    one: addresses(`alice@${domain}`),
    /** A second account, for conversations. */
    bob: addresses(`bob@${domain}`),
    two: addresses(`alice@${domain}`, `bob@${domain}`),
    'two-one-foreign': addresses(`alice@${domain}`, 'alice@foreign.example'),
    /** No subjectAltName, and a CN that is no localpart in lower case. */
    none: good({ cn: 'Alice' }),
    'duplicate-address': addresses(`alice@${domain}`, `alice@${domain}`),
    /** One account in two spellings that prepare to the same JID. */
    'duplicate-address-other-case': addresses(`alice@${domain}`, `ALICE@${domain}`),
    'foreign-domain': addresses('alice@foreign.example'),
    'upper-case': addresses(`ALICE@${domain.toUpperCase()}`),
    'idn-localpart': addresses(`jürgen@${domain}`),
    'idn-domain': addresses('alice@bücher.example'),
    'full-jid': addresses(`alice@${domain}/phone`),
    'domain-only': addresses(domain),
    'malformed-address': addresses('@@'),
    'malformed-address-empty': addresses(''),
    'malformed-address-nul': addresses(`alice@${domain}\0.foreign.example`),
    'malformed-address-utf8': good({ cn: 'Alice', san: [names.xmppAddr(Buffer.from([0x61, 0xc3, 0x28, 0x40, 0x62]))] }),
    'malformed-address-ia5': good({ cn: 'Alice', san: [names.xmppAddr(`alice@${domain}`, 'ia5')] }),
    /** One good address beside one that is no JID. */
    'malformed-second-address': addresses(`alice@${domain}`, '@@'),
    'wrong-oid': good({ cn: 'Alice', san: [names.otherName('1.3.6.1.4.1.99999.1', text('utf8', `alice@${domain}`))] }),
    'upn-only': good({ cn: 'Alice', san: [names.upn(`alice@${domain}`)] }),
    'email-only': good({ cn: 'Alice', san: [names.email(`alice@${domain}`)] }),
    /** Every kind of name at once, the one address among them. */
    'many-names': good({
      subject: [{ oid: names.attributeTypes.organization, value: 'Example' }, names.cn('Alice Example')],
      san: [
        names.email(`mail@${domain}`),
        names.dns(`device.${domain}`),
        names.uri(`https://${domain}/alice`),
        names.srv(`_xmpp-client.${domain}`),
        alice,
        names.upn(`alice@corp.${domain}`),
        names.ip(192, 0, 2, 7),
        names.dirName([names.cn('Alice Elsewhere')]),
        names.registeredId('1.3.6.1.4.1.99999.2'),
      ],
    }),
    'empty-subject': good({ subject: [], san: [alice], sanCritical: true }),
    'san-critical': good({ cn: 'Alice', san: [alice], sanCritical: true }),
    'address-other-than-cn': good({ cn: 'bob', san: [alice] }),
    /** Neither address nor common name. */
    nameless: good({ subject: [{ oid: names.attributeTypes.organization, value: 'Example' }] }),
    'cn-simple': good({ cn: 'alice' }),
    'cn-upper-case': good({ cn: 'ALICE' }),
    'cn-jid': good({ cn: `alice@${domain}` }),
    'cn-foreign-jid': good({ cn: 'alice@foreign.example' }),
    'cn-nul': good({ cn: 'alice\0mallory' }),
    'cn-several': good({ subject: [names.cn('alice'), names.cn('bob')] }),
    /** Two common names inside one RDN. */
    'cn-several-one-rdn': good({ subject: [[names.cn('alice'), names.cn('bob')]] }),
    'cn-bmp-string': good({ subject: [names.cn('alice', 'bmp')] }),
    'cn-printable-string': good({ subject: [names.cn('alice', 'printable')] }),
  } satisfies Record<string, CatalogueCase>
}
