/** Counts how path validation and OpenSSL compare: in all, by what was changed in a chain, and by reason. */

import type { Agreement } from '../../test/support/path-comparison.ts'

/** Counts of one kind of chain. */
export interface Counts {
  readonly taken: number
  readonly refused: number
  readonly stricter: number
}

/** The comparison with one OpenSSL. */
export interface Tally {
  readonly name: string
  count(changes: readonly string[], agreement: Agreement, line: () => string): void
  readonly total: Counts
  readonly chainCount: number
  /** Chains with a certificate, outside of the path, that OpenSSL cannot load. */
  readonly noHandshakeCount: number
  /** By topic; a chain with several changes counts in each. */
  readonly byTopic: ReadonlyMap<string, Counts>
  readonly byReason: ReadonlyMap<string, number>
  /** Defects, one line each. */
  readonly defects: readonly string[]
}

const topics: readonly { readonly name: string; readonly matches: RegExp }[] = [
  { name: 'dates', matches: /expired|not yet valid/ },
  { name: 'path length', matches: /pathLen|self-issued/ },
  { name: 'basic constraints', matches: /basicConstraints|CA:FALSE|version 1|leaf is a CA|issued by a user/ },
  { name: 'key usage', matches: /keyUsage|keyCertSign|key agreement|encipherment/ },
  { name: 'extended key usage', matches: /EKU/ },
  { name: 'name constraints', matches: /name constraints|e-mail address/ },
  {
    name: 'critical and unknown extensions',
    matches: /unknown extension|critical|inhibitAnyPolicy|requires a policy|nsCertType|proxy|address blocks|CRL points/,
  },
  { name: 'cross-signing and twins', matches: /cross-signed|twin|same name|two roots/ },
  { name: 'wrong order', matches: /shuffled/ },
  { name: 'missing, unrelated or repeated certificates', matches: /unrelated|sent twice|not sent|trusted/ },
  { name: 'names and identifiers', matches: /SKI|AKI|key identifiers|named|letters|BMPString|subject|serial/ },
  { name: 'false signatures', matches: /bad signature/ },
  { name: 'weak keys and hashes', matches: /weak|SHA-1/ },
  { name: 'other keys and hashes', matches: /RSA|Ed25519|P-384|SHA-384/ },
  { name: 'broken encodings', matches: /one octet|broken|two SANs|empty SAN/ },
  { name: 'self-signed', matches: /leaf self-signed/ },
]

const none: Counts = { taken: 0, refused: 0, stricter: 0 }

/** An empty tally. */
export function createTally(name: string): Tally {
  const byTopic = new Map<string, Counts>()
  const byReason = new Map<string, number>()
  const defects: string[] = []
  let total = none
  let chainCount = 0
  let noHandshakeCount = 0
  return {
    name,
    get total() {
      return total
    },
    get chainCount() {
      return chainCount
    },
    get noHandshakeCount() {
      return noHandshakeCount
    },
    byTopic,
    byReason,
    defects,
    count(changes, agreement, line) {
      chainCount += 1
      switch (agreement.kind) {
        case 'taken':
        case 'refused':
        case 'stricter': {
          total = plusOne(total, agreement.kind)
          for (const topic of topicsOf(changes)) {
            byTopic.set(topic, plusOne(byTopic.get(topic) ?? none, agreement.kind))
          }
          if (agreement.kind === 'stricter') byReason.set(agreement.reason, (byReason.get(agreement.reason) ?? 0) + 1)
          return
        }
        case 'no-handshake':
          noHandshakeCount += 1
          return
        case 'looser':
        case 'unexplained':
          defects.push(`${agreement.kind}: ${line()}`)
      }
    },
  }
}

function plusOne(counts: Counts, kind: keyof Counts): Counts {
  return { ...counts, [kind]: counts[kind] + 1 }
}

function topicsOf(changes: readonly string[]): readonly string[] {
  const found = topics.filter(({ matches }) => changes.some((change) => matches.test(change))).map(({ name }) => name)
  return found.length > 0 ? found : [changes.length === 0 ? 'unchanged' : 'others']
}

/** The tally as Markdown tables. */
export function printTally(tally: Tally): string {
  const { total, byTopic, byReason } = tally
  const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => order(a) - order(b)
  return [
    `${tally.name}: ${tally.chainCount} chains, ${total.taken} taken by both, ${total.refused} refused by both, ` +
      `${total.stricter} refused by us alone, ${tally.noHandshakeCount} without a handshake, ${tally.defects.length} defects`,
    '',
    row('what was changed', 'taken by both', 'refused by both', 'refused by us alone'),
    row('---', '---:', '---:', '---:'),
    ...[...byTopic].sort(byName).map(([name, counts]) => row(name, counts.taken, counts.refused, counts.stricter)),
    '',
    row('refused by us alone', 'chains'),
    row('---', '---:'),
    ...[...byReason].sort(([, a], [, b]) => b - a).map(([reason, count]) => row(reason, count)),
    '',
  ].join('\n')
}

function order(topic: string): number {
  const index = topics.findIndex(({ name }) => name === topic)
  return index < 0 ? topics.length : index
}
