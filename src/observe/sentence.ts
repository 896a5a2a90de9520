/** Log events as one readable line each, for people at a terminal. Machines read the JSON form. */

import type { Decision } from './decision.ts'
import type { LogEvent, LogFields } from './log.ts'
import { reasons } from './reasons.ts'

/** How a line is coloured; the identity function where there is no colour. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
}

const plain = (text: string) => text

/** No colour at all. */
export const noPaint: Paint = { good: plain, bad: plain, dim: plain, bold: plain }

/** ANSI colours. */
export const ansiPaint: Paint = {
  good: (text) => `\u001b[32m${text}\u001b[39m`,
  bad: (text) => `\u001b[31m${text}\u001b[39m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
  bold: (text) => `\u001b[1m${text}\u001b[22m`,
}

/** The line for an event, without time and level. Peer-supplied text is printed with control characters escaped. */
export function sentence(event: LogEvent, fields: LogFields, paint: Paint = noPaint): string {
  if (event === 'login_decision_made') return decisionSentence(fields as unknown as Decision, paint)
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${paint.dim(`${name}=`)}${printable(value)}`)
  return [event.replaceAll('_', ' '), ...rest].join('  ')
}

/** One line a decision: who, by what, and on refusal why and what to do. */
export function decisionSentence(decision: Decision, paint: Paint = noPaint): string {
  const { outcome, certificate, remote, listener, id, forwarded } = decision
  const shown =
    certificate === null ? 'no certificate' : `"${printable(certificate.subject || certificate.sha256.slice(0, 16))}"`
  const where = paint.dim(
    `${remote}${forwarded === undefined ? '' : ` by ${forwarded.by} (${forwarded.dialect})`} on ${listener}`,
  )
  if (outcome.kind === 'allow') {
    const by = decision.backends.find(({ verdict }) => verdict === 'allow' || verdict === 'found')?.backend ?? ''
    const proof =
      decision.mechanism === 'EXTERNAL' ? `${shown}, rule ${outcome.via}` : `password (${decision.mechanism})`
    return `${paint.good('allow')} ${paint.bold(printable(outcome.jid))}  by ${proof}, backend ${by}  ${where}`
  }
  const { meaning, hint } = reasons[outcome.code]
  const why = outcome.why === '' ? meaning : `${meaning}: ${printable(outcome.why)}`
  const asked = decision.authzid === null ? '' : ` asking for ${printable(decision.authzid)}`
  return (
    `${paint.bad('deny')}  ${paint.bold(outcome.code)} → ${outcome.condition}  ${shown}${asked}: ${why}; ${hint}` +
    `  ${where} ${paint.dim(id.slice(0, 8))}`
  )
}

/** Peer-supplied text with control and format characters escaped, so that it cannot drive a terminal. */
export function printable(value: unknown): string {
  if (value instanceof Error) return printable(value.message)
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}
