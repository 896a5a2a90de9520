/** Finds what a mistyped word probably meant. */

/** The candidate nearest to the word, or null when none is near enough to be worth suggesting. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  const wanted = fold(word)
  const list = [...candidates]
  return closest(wanted, list, fold) ?? closest(wanted, list, (candidate) => lastWord(fold(candidate)))
}

function closest(wanted: string, candidates: readonly string[], seen: (candidate: string) => string): string | null {
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, seen(candidate))
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `address` of `ip_address`: people remember the word that matters. */
function lastWord(name: string): string {
  return name.slice(name.lastIndexOf('_') + 1)
}

/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      const best = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + (same ? 0 : 1))
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(swapped ? Math.min(best, at(beforeLast, column - 2) + 1) : best)
    }
    beforeLast = last
    last = current
  }
  return at(last, to.length)
}

/** Longest word that is compared; a longer one is nobody's typing error. */
const maxWordLength = 64

function fold(word: string): string {
  return word.slice(0, maxWordLength).toLowerCase().replaceAll('-', '_')
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
