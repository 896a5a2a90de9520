/** Clients for the stream loop: most know the way and lose it somewhere. */

import type { Random } from '../support/pki/random.ts'
import { mutateBytes, mutateText } from './mutate.ts'

const saslNs = 'urn:ietf:params:xml:ns:xmpp-sasl'
const tlsNs = 'urn:ietf:params:xml:ns:xmpp-tls'
const header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a.example' version='1.0'>"
const startTls = `<starttls xmlns='${tlsNs}'/>`
const goodAuth = `<auth xmlns='${saslNs}' mechanism='EXTERNAL'>=</auth>`
const texts = [
  '',
  '=',
  'YWxpY2VAYS5leGFtcGxl',
  'Ym9iQGEuZXhhbXBsZQ==',
  'YQ',
  '===',
  '%',
  'AA==',
  'QEBA',
  'é',
  ' = ',
  '&#61;',
]
const mechanisms = ['EXTERNAL', 'PLAIN', 'external', '', 'SCRAM-SHA-1', 'X'.repeat(60)]

/** The flights of one client, each sent when the server waits for it. */
export function clientFlights(random: Random): Uint8Array[] {
  const way = [header, startTls, header, goodAuth, header, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"]
  const flights = way.slice(0, random.chance(0.5) ? way.length : 1 + random.below(way.length))
  for (let left = random.below(4); left > 0; left -= 1) {
    flights.splice(random.below(flights.length + 1), random.below(2), somethingElse(random))
  }
  // Attempts in a row, to meet the limit.
  if (random.chance(0.15)) flights.splice(3, 1, ...Array.from({ length: 5 }, () => authOf(random)))
  if (random.chance(0.2)) flights.splice(random.below(flights.length), 2, flights.slice(0, 2).join(''))
  const bytes = flights.map((flight): Buffer => Buffer.from(flight))
  const at = random.below(bytes.length)
  const one = bytes[at]
  if (one !== undefined && random.chance(0.3)) bytes[at] = mutateBytes(random, one)
  return bytes.flatMap((flight) => divided(random, flight))
}

function somethingElse(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return headerOf(random)
    case 1:
      return authOf(random)
    case 2:
      return `<response xmlns='${saslNs}'>${random.pick(texts)}</response>`
    case 3:
      return `<abort xmlns='${saslNs}'/>`
    case 4:
      return random.pick([
        startTls,
        `<proceed xmlns='${tlsNs}'/>`,
        `<failure xmlns='${saslNs}'/>`,
        `<success xmlns='${saslNs}'/>`,
      ])
    case 5:
      return random.pick([
        '</stream:stream>',
        ' ',
        '\n',
        '<a',
        '\0',
        '<!-- -->',
        '&amp;',
        '<message/>',
        "<presence xmlns='urn:a'/>",
      ])
    case 6:
      return random.pick([
        "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        '<iq/>',
        "<x xmlns=''/>",
      ])
    default:
      return random.pick([startTls, goodAuth, header])
  }
}

function authOf(random: Random): string {
  const mechanism = random.chance(0.7) ? ` mechanism='${random.pick(mechanisms)}'` : ''
  return `<auth xmlns='${saslNs}'${mechanism}>${random.pick(texts)}</auth>`
}

function headerOf(random: Random): string {
  const to = random.pick([
    "to='a.example'",
    "to='b.example'",
    "to='A.EXAMPLE.'",
    "to='bücher.example'",
    '',
    "to='@'",
    "to=''",
  ])
  const from = random.pick([
    '',
    '',
    "from='alice@a.example'",
    "from='bob@a.example'",
    "from='@'",
    "from='\u202ea@b'",
    "from='&lt;&#10;'",
  ])
  const version = random.pick([
    "version='1.0'",
    "version='1.0'",
    "version='1.99'",
    "version='2.0'",
    '',
    "version='1.0.0'",
  ])
  return mutateText(
    random,
    header.replace("to='a.example'", `${to} ${from}`).replace("version='1.0'>", `${version}>`),
    ['', ' '],
  )
}

function divided(random: Random, flight: Buffer): Buffer[] {
  if (random.chance(0.8)) return [flight]
  const at = random.below(flight.length + 1)
  return [flight.subarray(0, at), flight.subarray(at)]
}
