/** What a thousand patterns for distinguished names cost a login: `npm run bench:names [-- PATTERNS]`. Prints a table. */

import { judgedName } from '../../src/certificate/dn-pattern/judged-name.ts'
import { parseDnPattern } from '../../src/certificate/dn-pattern/parse.ts'
import { createPatternSet } from '../../src/certificate/dn-pattern/pattern-set.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { createAuthority, issue } from '../../test/support/pki/certificate.ts'
import { attributeTypes, cn } from '../../test/support/pki/names.ts'

const count = Number(process.argv[2] ?? 1000)
const logins = 20_000

const authority = createAuthority({ name: 'Example Issuing CA 3' })
const leaf = parseCertificate(
  issue(authority, {
    subject: [
      { oid: attributeTypes.country, value: 'SE', encoding: 'printable' },
      { oid: attributeTypes.organization, value: 'Example Manufacturing, Inc.' },
      { oid: attributeTypes.unit, value: 'People' },
      { oid: attributeTypes.unit, value: 'Research and Development' },
      cn('Alice Example 4711'),
      { oid: attributeTypes.email, value: 'alice.example4711@mail.example.org', encoding: 'ia5' },
    ],
  }).der,
)
if (!leaf.ok) throw new Error(leaf.error.why)
const { subject } = leaf.value

/** Lists that an operator might write; one has a pattern that matches, the others none. */
const lists: Readonly<Record<string, (number: number) => string>> = {
  'whole names': (n) =>
    `C=SE,O=Example Manufacturing\\, Inc.,OU=People,OU=Research and Development,CN=Alice Example ${n},E=a${n}@b.example`,
  'one attribute and **': (n) => `CN=Alice Example ${n}x,**`,
  'same O, other CN': (n) => `O=Example Manufacturing\\, Inc.,CN=Alice Example ${n}x,**`,
  beginnings: (n) => `O=Example Manufacturing\\, Inc.,CN=Alice Example ${n}x*,**`,
  ends: (n) => `E=*${n}@mail.example.com,**`,
  middles: (n) => `CN=*Example ${n}x*,**`,
  'one matches': (n) => `CN=*Example ${n + 4000},**`,
  'single characters': (n) => `CN=A?ice Ex?mple ${n}x?*,**`,
}

process.stdout.write(`${count} patterns, ${logins} logins each\n`)
for (const [name, write] of Object.entries({ none: (_: number) => '', ...lists })) {
  const patterns =
    name === 'none'
      ? []
      : Array.from({ length: count }, (_, n) => {
          const pattern = parseDnPattern(write(n))
          if (!pattern.ok) throw new Error(pattern.error)
          return pattern.value
        })
  const before = process.memoryUsage().heapUsed
  const built = performance.now()
  const set = createPatternSet(patterns)
  const buildMs = performance.now() - built
  const megabytes = (process.memoryUsage().heapUsed - before) / 1e6
  let found = 0
  const login = (): void => {
    const own = judgedName(subject)
    if (own.ok && set.find(own.value) !== null) found += 1
  }
  for (let i = 0; i < logins; i += 1) login()
  const started = performance.now()
  for (let i = 0; i < logins; i += 1) login()
  const micros = ((performance.now() - started) * 1000) / logins
  process.stdout.write(
    `${name.padEnd(22)} ${micros.toFixed(2).padStart(8)} µs a login   ${found === 0 ? 'none matches' : 'one matches '}   ready in ${buildMs.toFixed(1)} ms, ${megabytes.toFixed(1)} MB\n`,
  )
}
