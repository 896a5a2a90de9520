/** Finds which of many texts occur in another one, in one walk along it (Aho, Corasick). */

/** An index over some texts. */
export interface TextIndex {
  /** Calls `found` with the number of each text that occurs in `text`, once for each occurrence. */
  search(text: string, found: (index: number) => void): void
}

/** A state is what has been read of some text: its texts end here, or in a state that it ends in (`fallback`). */
interface State {
  readonly next: Map<number, State>
  readonly ends: number[]
  fallback: State | null
  /** The nearest state by way of fallbacks in which a text ends; null for none. */
  endsBelow: State | null
}

/** Builds an index; equal texts may occur, empty ones are found nowhere. */
export function createTextIndex(texts: readonly string[]): TextIndex {
  const root = newState()
  for (const [index, text] of texts.entries()) if (text !== '') insert(root, text, index)
  link(root)
  return {
    search: (text, found) => {
      let state = root
      for (let i = 0; i < text.length; i += 1) {
        state = advance(state, text.charCodeAt(i)) ?? root
        for (let at: State | null = state; at !== null; at = at.endsBelow) for (const end of at.ends) found(end)
      }
    },
  }
}

function newState(): State {
  return { next: new Map(), ends: [], fallback: null, endsBelow: null }
}

function insert(root: State, text: string, index: number): void {
  let state = root
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    const known = state.next.get(unit) ?? newState()
    state.next.set(unit, known)
    state = known
  }
  state.ends.push(index)
}

/** Level by level, so that whatever a state falls back to has been linked before. */
function link(root: State): void {
  let level: readonly State[] = [root]
  while (level.length > 0) {
    const below: State[] = []
    for (const parent of level) {
      for (const [unit, state] of parent.next) {
        state.fallback = (parent.fallback === null ? null : advance(parent.fallback, unit)) ?? root
        state.endsBelow = state.fallback.ends.length > 0 ? state.fallback : state.fallback.endsBelow
        below.push(state)
      }
    }
    level = below
  }
}

/** The state behind one more unit; null when nothing that was read is the beginning of any text. */
function advance(from: State, unit: number): State | null {
  for (let state: State | null = from; state !== null; state = state.fallback) {
    const next = state.next.get(unit)
    if (next !== undefined) return next
  }
  return null
}
