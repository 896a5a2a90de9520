/** An explanation on paper: for people, and as data. */

import { maxReports } from '../auth/trusted-names.ts'
import { attributeValues, commonNameOid, type DistinguishedName, uidOid } from '../certificate/distinguished-name.ts'
import { formatDn, type PeerCertificate } from '../certificate/facts.ts'
import type { Explanation } from '../explain.ts'
import { formatJid } from '../jid/jid.ts'
import { clientTrustOf, type ListenerOptions } from '../listener/listener-options.ts'
import { reasons } from '../observe/reasons.ts'
import { ansiPaint, noPaint, type Paint, printable } from '../observe/sentence.ts'

/** What `--json` prints: the decision record with everything that led to it. */
export function explanationData(
  { decision, certificate, fault, path, patterns, extras }: Explanation,
  listener: ListenerOptions,
) {
  const { outcome } = decision
  return {
    listener: {
      name: listener.name,
      verifyMode: clientTrustOf(listener).verifyMode,
      disconnectOnFailure: clientTrustOf(listener).disconnectOnFailure,
    },
    path: path === null ? null : pathData(path),
    extras: extras.map(({ subject }) => formatDn(subject)),
    fault,
    names: certificate === null ? null : Object.fromEntries(namesOf(certificate)),
    usage: certificate === null ? null : { extended: certificate.extendedKeyUsage, key: certificate.keyUsage },
    patterns,
    decision,
    hint: outcome.kind === 'deny' ? reasons[outcome.code].hint : null,
  }
}

function pathData(path: NonNullable<Explanation['path']>) {
  switch (path.kind) {
    case 'trusted':
      return {
        status: path.kind,
        chain: path.chain.map(({ subject, sha256 }) => ({ subject: formatDn(subject), sha256 })),
      }
    case 'self-signed':
      return { status: path.kind }
    case 'untrusted':
      return { status: path.kind, code: path.code, text: path.text, at: formatDn(path.at.subject) }
  }
}

/** The page that `signet explain` prints. */
export function explanationText(
  explanation: Explanation,
  listener: ListenerOptions,
  terminal: { readonly colour: boolean },
): string {
  const paint = terminal.colour ? ansiPaint : noPaint
  const sections = [
    ['Certificate', certificateLines(explanation)],
    ['Chain', chainLines(explanation, listener, paint)],
    ['Names', nameLines(explanation)],
    ['Identity', identityLines(explanation, paint)],
    ['Trusted names', trustedLines(explanation, paint)],
    ['Backends', backendLines(explanation, paint)],
    ['Outcome', outcomeLines(explanation, listener, paint)],
  ] as const
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${paint.bold(title)}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('\n')
}

function certificateLines({ certificate, fault }: Explanation): string[] {
  if (certificate === null) return [`cannot be read: ${fault?.field}: ${fault?.why}`]
  const { subject, issuer, serial, sha256, notBefore, notAfter } = certificate
  const day = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
  return [
    `subject   ${printable(formatDn(subject)) || '(empty)'}`,
    `issuer    ${printable(formatDn(issuer)) || '(empty)'}`,
    `serial    ${serial}`,
    `valid     ${day(notBefore)} to ${day(notAfter)}`,
    `sha-256   ${sha256}`,
  ]
}

function chainLines({ path, extras, decision }: Explanation, listener: ListenerOptions, paint: Paint): string[] {
  if (path === null) return []
  const unused = extras.map(({ subject }) => paint.dim(`not needed: ${printable(formatDn(subject))}`))
  const accepted = decision.chain.acceptable ? paint.good('accepted') : paint.bad('not accepted')
  const verdict = `${accepted} with verify_mode = "${clientTrustOf(listener).verifyMode}"`
  switch (path.kind) {
    case 'trusted':
      return [
        ...path.chain.map(
          ({ subject }, depth) =>
            `${'  '.repeat(depth)}${depth > 0 ? '└ ' : ''}${printable(formatDn(subject))}` +
            (depth === path.chain.length - 1 ? paint.dim('  (trust anchor)') : ''),
        ),
        ...unused,
        `trusted: ${verdict}`,
      ]
    case 'self-signed':
      return [`self-signed, and its own signature verifies: ${verdict}`, ...unused]
    case 'untrusted':
      return [
        `${paint.bad(path.code)}: ${printable(path.text)}`,
        `at ${printable(formatDn(path.at.subject)) || '(empty subject)'}`,
        ...unused,
        verdict,
      ]
  }
}

function nameLines({ certificate }: Explanation): string[] {
  if (certificate === null) return []
  const rows = namesOf(certificate).flatMap(([kind, values]) =>
    values.map((value) => `${kind.padEnd(12)}${printable(value)}`),
  )
  return rows.length > 0 ? rows : ['none that a rule could read']
}

/** Names by kind, in the words that configuration uses. */
function namesOf({ names, subject }: PeerCertificate): [string, readonly string[]][] {
  return [
    [
      'xmpp_addr',
      names.xmppAddr.map(({ text, jid, why }) =>
        jid === null ? `${text ?? '(unreadable)'}  malformed: ${why}` : formatJid(jid),
      ),
    ],
    ['common_name', attributeTexts(subject, commonNameOid)],
    ['email', names.rfc822Name],
    ['upn', names.upn],
    ['dns', names.dns],
    ['uri', names.uri],
    ['srv_name', names.srvName],
    ['uid', attributeTexts(subject, uidOid)],
  ]
}

function attributeTexts(name: DistinguishedName, oid: string): string[] {
  return attributeValues(name, oid).map((value) => value ?? '(unreadable)')
}

function identityLines({ decision }: Explanation, paint: Paint): string[] {
  const asked =
    decision.authzid === null ? 'no authorization identity' : `authorization identity ${printable(decision.authzid)}`
  if (decision.identity.length === 0) return []
  const mark = { jid: paint.good, refuse: paint.bad, pass: paint.dim }
  return [
    `domain ${decision.domain}, ${asked}`,
    ...decision.identity.map(
      ({ rule, answer, detail, code }) =>
        `${rule.padEnd(14)}${mark[answer](answer.padEnd(8))}${printable(detail)}${code === undefined ? '' : `  [${code}]`}`,
    ),
  ]
}

/** What each list said, where it came to that, and below how each of its patterns fares. */
function trustedLines({ decision, patterns }: Explanation, paint: Paint): string[] {
  const steps = decision.names.map(({ list, answer, detail, code }) => {
    const mark = answer === 'refuse' ? paint.bad : paint.dim
    return `${list.padEnd(24)}${mark(answer.padEnd(8))}${printable(detail)}${code === undefined ? '' : `  [${code}]`}`
  })
  const tried = patterns.map(({ list, name, pattern, why }) => {
    const said = why === null ? paint.bold('matches') : paint.dim(printable(why))
    return `${list.padEnd(24)}${printable(pattern)}  on ${printable(name) || '(empty)'}: ${said}`
  })
  const more = patterns.length < maxReports ? [] : [paint.dim(`no more than ${maxReports} patterns are shown`)]
  return [...steps, ...tried, ...more]
}

function backendLines({ decision }: Explanation, paint: Paint): string[] {
  return decision.backends.map(({ backend, verdict, detail, tookMs }) => {
    const shown = verdict === 'allow' ? paint.good(verdict) : paint.bad(verdict)
    return `${backend.padEnd(14)}${shown}${detail === undefined ? '' : `: ${printable(detail)}`}${paint.dim(`  ${tookMs} ms`)}`
  })
}

function outcomeLines({ decision }: Explanation, listener: ListenerOptions, paint: Paint): string[] {
  const tls = clientTrustOf(listener)
  const { outcome, chain } = decision
  if (outcome.kind === 'allow')
    return [`${paint.good('allow')}  ${paint.bold(printable(outcome.jid))}, by rule ${outcome.via}`]
  const { meaning, hint } = reasons[outcome.code]
  const ends = tls.disconnectOnFailure && !chain.acceptable && tls.verifyMode !== 'none'
  return [
    `${paint.bad('deny')}  ${paint.bold(outcome.code)}`,
    `why   ${meaning}${outcome.why === '' ? '' : `: ${printable(outcome.why)}`}`,
    ends
      ? 'wire  stream error <not-authorized/>, connection closed (tls.disconnect_on_failure = true)'
      : `wire  <failure><${outcome.condition}/></failure>${chain.acceptable ? '' : ', and EXTERNAL is not offered'}`,
    `hint  ${hint}`,
  ]
}
