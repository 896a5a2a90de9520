/** Writes `docs/reasons.md` from the catalogue of reasons; `npm run docs` runs it. */

import { writeFileSync } from 'node:fs'
import { type Reason, reasons } from '../observe/reasons.ts'

/** Where the page belongs, below the root of the project. */
export const reasonsPath = 'docs/reasons.md'

const intro = `# Reasons

<!-- Written by \`npm run docs\` from src/observe/reasons.ts; changes belong there. -->

Every refused login has exactly one reason. Its code stands in the log line, in the JSON record of the decision (\`outcome.code\`) and in
what \`signet explain\` prints. Codes are stable: they are never renamed, and never change their condition. The client is sent
the condition that RFC 6120 has for the case (§6.5 for SASL, §4.9.3 for streams), the first sentence below as its text, and the
identifier of the decision, by which the user can ask and the operator can look it up.

`

/** The page as it should be. */
export function reasonsPage(): string {
  const rows: readonly (readonly [string, Reason])[] = Object.entries(reasons)
  const contents = rows.map(([code, { condition }]) => `| [${code}](#${code}) | \`${condition}\` |`)
  const entries = rows.map(([code, reason]) => entry(code, reason))
  return `${intro}| Reason | Sent to the client |\n|---|---|\n${contents.join('\n')}\n\n${entries.join('\n')}`
}

function entry(code: string, { condition, meaning, hint }: Reason): string {
  return `## ${code}\n\n${capital(meaning)}. The client is sent \`${condition}\`.\n\nWhat to do: ${hint}.\n`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

if (import.meta.main) writeFileSync(new URL(`../../${reasonsPath}`, import.meta.url), reasonsPage())
