/**
 * What one client wrote, and what of it must be there after a crash. A register is a place that holds one value; its
 * client writes through one stream, so that the server sees the writes in their order. Pure.
 */

/** Null where nothing is kept. */
export type Value = string | null

interface Write {
  /** Place among all writes of the client. */
  readonly order: number
  readonly value: Value
}

interface Register {
  /** The first is what was there at the start. */
  writes: Write[]
  /** Index of the last write that is known to be safe. */
  safe: number
  /** Index of the last write that somebody was told of. */
  told: number
}

/** What a reading showed. */
export interface Judgement {
  /** In words; empty when nothing that was acknowledged is lost, and nothing is there that nobody wrote. */
  readonly faults: readonly string[]
  /** Writes without an acknowledgement that are there all the same, and those that are not. */
  readonly applied: number
  readonly dropped: number
}

/** All registers of one client. */
export class Registers {
  #registers = new Map<string, Register>()
  #order = 0

  /** Notes that a write goes out; gives what `acknowledge` takes. */
  write(name: string, value: Value): number {
    this.#order += 1
    this.#of(name).writes.push({ order: this.#order, value })
    return this.#order
  }

  /** The server granted this write. */
  acknowledge(name: string, order: number): void {
    const register = this.#of(name)
    const index = register.writes.findIndex((write) => write.order === order)
    register.safe = Math.max(register.safe, index)
  }

  /**
   * The server told somebody that this value is there, who is told of every write once and in their order: what has the
   * same value may have been granted already, and its like be under way. False when nobody wrote it.
   */
  observe(name: string, value: Value): boolean {
    const register = this.#of(name)
    const { writes, safe, told } = register
    const index = writes.findIndex((write, at) => at > told && write.value === value)
    if (index === -1) return writes.some((write) => write.value === value)
    register.told = index
    register.safe = Math.max(safe, index)
    return true
  }

  /** Names of all registers ever written. */
  get names(): readonly string[] {
    return [...this.#registers.keys()]
  }

  /** Judges what is there after a crash; from here on that is the start. */
  judge(read: (name: string) => Value): Judgement {
    const faults: string[] = []
    const found = new Map<string, number>()
    for (const [name, { writes, safe }] of this.#registers) {
      const value = read(name)
      const index = writes.findIndex((write, at) => at >= safe && write.value === value)
      if (index >= 0) found.set(name, index)
      else faults.push(`${name} is ${value}; acknowledged: ${writes[safe]?.value}, of ${writes.map(written).join(' ')}`)
    }
    const latest = Math.max(0, ...[...found].map(([name, index]) => this.#of(name).writes[index]?.order ?? 0))
    let applied = 0
    let dropped = 0
    for (const [name, index] of found) {
      const { writes, safe } = this.#of(name)
      const due = writes.findLastIndex(({ order }) => order <= latest)
      // A later equal value may be the one that is there.
      const isThere = index >= due || writes[due]?.value === writes[index]?.value
      if (!isThere) faults.push(`${name} lacks ${writes[due]?.value}, though a later write of the same stream is there`)
      applied += Math.max(index, due) - safe
      dropped += writes.length - 1 - Math.max(index, due)
    }
    for (const [name, register] of this.#registers) {
      register.writes = [{ order: 0, value: read(name) }]
      register.safe = 0
      register.told = 0
    }
    return { faults, applied, dropped }
  }

  #of(name: string): Register {
    const known = this.#registers.get(name)
    if (known !== undefined) return known
    const fresh = { writes: [{ order: 0, value: null }], safe: 0, told: 0 }
    this.#registers.set(name, fresh)
    return fresh
  }
}

const written = ({ value }: Write): string => String(value)
