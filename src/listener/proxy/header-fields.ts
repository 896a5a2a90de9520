/** The header fields of one request, each occurrence by itself: Node would join or drop those that come twice. */

/** Name and value by turns, as `IncomingMessage.rawHeaders` has them. */
export type RawHeaders = readonly string[]

/** All values of the fields called `names` (lower-case), in their order, by lower-case name; names without a field are absent. */
export function fieldsOf(raw: RawHeaders, names: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase()
    if (!names.has(name)) continue
    const values = found.get(name)
    const value = trimmed(raw[at + 1] ?? '')
    if (values === undefined) found.set(name, [value])
    else values.push(value)
  }
  return found
}

/** RFC 9110 §5.5: spaces and tabs around a value are none of it. */
export function trimmed(value: string): string {
  return value.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '')
}
