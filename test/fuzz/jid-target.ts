/** JIDs: what is accepted stays as it is when prepared again, is no longer than allowed, and holds nothing forbidden. */

import { formatJid, type Jid, parseJid, prepareDomain, prepareLocal, prepareResource } from '../../src/jid/jid.ts'
import { isXmlText } from '../../src/xml/escape.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateText, randomText } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget } from './target.ts'

const maxPartBytes = 1023
/** For three parts of full length; the parts of people's JIDs take microseconds. */
const maxParseMs = 8
const forbiddenInLocal = /["&'/:<>@\s]/
const forbiddenInDomain = /["&'/<>@\s_A-Z\\]/
const unseen = /[\p{Cc}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}]/u
const letters = [
  ...'abcXYZ019.-_',
  'ß',
  'ü',
  'É',
  'é',
  'ｆ',
  'Σ',
  'σ',
  'ς',
  'ı',
  'İ',
  '中',
  'א',
  'ب',
  '١',
  '۱',
  'ﬁ',
  '😀',
]
const separators = [
  '@',
  '/',
  '.',
  '@@',
  '//',
  ':',
  ' ',
  '\\20',
  "'",
  '"',
  '&',
  '<',
  '>',
  '[',
  ']',
  '[::1]',
  '127.0.0.1',
]
const odd = [
  ...[
    '\0',
    '\u0007',
    '\u00a0',
    '\u00ad',
    '\u0300',
    '\u0301',
    '\u034f',
    '\u0375',
    '\u00b7',
    'l\u00b7l',
    '\u05f3',
    '\u0640',
  ],
  ...[
    '\u200b',
    '\u200c',
    '\u200d',
    '\u200e',
    '\u202e',
    '\u2028',
    '\u3000',
    '\u3002',
    '\uff0e',
    '\uff0f',
    '\uff20',
    '\u30fb',
  ],
  ...[
    '\u212a',
    '\u212b',
    '\u1e9e',
    '\ud800',
    '\udc00',
    '\ufdd0',
    '\ufffe',
    '\ufeff',
    '\u{e0001}',
    '\u{1d7ce}',
    '\u094d',
  ],
  ...[
    'xn--',
    'xn--bcher-kva',
    'xn--a',
    'xn--80ak6aa92e',
    '--',
    'ﷺ',
    '\u2126',
    '\u1100',
    '\uac00',
    '\u{10ffff}',
    '\u{1f468}',
  ],
]
const domains = ['a.example', 'bücher.example', '[::1]', '192.0.2.1', 'xn--bcher-kva.example', 'א.example']
const vocabulary = [...letters, ...letters, ...separators, ...odd]

/** Characters that need a look at their neighbours, or a normalization. */
const slow = [
  'ب\u200c',
  'بّ\u200c',
  'क\u094d\u200d',
  '\u30fb',
  '\u0660',
  'l\u00b7',
  'א׳',
  'a\u0316\u0301',
  '\u0390',
  'ﷺ',
  'ｶﾞ',
]

/** Fuzzes `parseJid` and the preparation of its parts. Inputs are UTF-16, so that lone surrogates are among them. */
export function createJidTarget(): FuzzTarget {
  return {
    name: 'jid',
    quickInputs: 20_000,
    longShare: 200_000,
    generate: (random) => Buffer.from(textOf(random), 'utf16le'),
    check: (input) => {
      const text = Buffer.from(input).toString('utf16le')
      const parsed = expectQuick(maxParseMs, () => parseJid(text))
      if (parsed.ok) checkJid(parsed.value, text)
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function textOf(random: Random): string {
  if (random.chance(0.01)) return repeated(random)
  if (random.chance(0.02))
    return `${'a'.repeat(random.below(1030))}@${'b.'.repeat(random.below(130))}c/${'é'.repeat(random.below(515))}`
  // A localpart or a resource is looked at only where the domain is good.
  if (random.chance(0.4))
    return `${randomText(random, vocabulary, 6)}@${random.pick(domains)}/x${randomText(random, vocabulary, 6)}`
  if (random.chance(0.3)) return `a@${random.pick(domains)}/${randomText(random, [...letters, ...odd], 8)}`
  if (random.chance(0.3)) return randomText(random, vocabulary, 10)
  const base = random.pick([
    'alice@a.example',
    'jürgen@bücher.example/Büro',
    'a.example',
    'alice@[2001:db8::1]',
    'b@192.0.2.1/x',
  ])
  return mutateText(random, base, vocabulary)
}

/** Few characters many times: what is slow is slow for one of them. */
function repeated(random: Random): string {
  const part = (length: number): string => {
    const piece = random.chance(0.5) ? random.pick(slow) : randomText(random, vocabulary, 3) || 'a'
    return piece.repeat(Math.ceil(length / piece.length)).slice(0, length)
  }
  const domain = random.chance(0.8) ? random.pick(domains) : part(1000)
  return `${part(random.chance(0.5) ? 1023 : 3)}@${domain}/${part(random.chance(0.5) ? 1023 : 3)}`
}

function checkJid(jid: Jid, text: string): void {
  const { local, domain, resource } = jid
  for (const part of [local, domain, resource]) {
    if (part === null) continue
    expect(part.length > 0 && Buffer.byteLength(part) <= maxPartBytes, 'a part of a wrong length')
    expect(part.isWellFormed() && isXmlText(part) && !unseen.test(part), 'a part with a character of no use')
    expect(part.normalize('NFC') === part, 'a part that is not normalized')
  }
  if (local !== null) checkLocal(local)
  expect(!forbiddenInDomain.test(domain), 'a domain with a forbidden character')
  expect(sameResult(prepareDomain(domain), domain), 'a domain that changes when prepared again')
  if (resource !== null) expect(sameResult(prepareResource(resource), resource), 'a resource that changes again')
  const formatted = formatJid(jid)
  const again = parseJid(formatted)
  expect(again.ok && formatJid(again.value) === formatted, `not the same again: ${JSON.stringify(formatted)}`)
  expect(again.value.local === local && again.value.domain === domain, 'parts that move when parsed again')
  const bareText = text.split('/', 1)[0] ?? ''
  expect(bareText.includes('@') === (local !== null), 'a localpart out of nothing, or none where there was one')
}

function checkLocal(local: string): void {
  expect(!forbiddenInLocal.test(local), 'a localpart with a forbidden character')
  expect(local.toLowerCase() === local, 'a localpart in upper case')
  expect(sameResult(prepareLocal(local), local), 'a localpart that changes when prepared again')
  // Only ASCII has an upper case that is its own inverse for certain.
  if (/^[!-~]+$/.test(local)) expect(sameResult(prepareLocal(local.toUpperCase()), local), 'case matters')
}

function sameResult(result: ReturnType<typeof prepareLocal>, text: string): boolean {
  return result.ok && result.value === text
}
