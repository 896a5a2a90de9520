/** What the threads of the long run say to each other. */

/** One batch of one target. */
export interface Job {
  readonly target: string
  readonly seed: number
  readonly batch: number
  readonly inputs: number
}

/** What became of a batch: failures, made small. */
export interface JobResult {
  readonly failures: readonly { readonly input: Uint8Array; readonly why: string }[]
}

/** Longest input that the blackboard keeps whole. */
const maxBoardBytes = 131_072
const headBytes = 8

/** Memory for the input that is being checked, which the watchdog sees: its number, its length, then its octets. */
export function createBlackboard(): SharedArrayBuffer {
  const board = new SharedArrayBuffer(headBytes + maxBoardBytes)
  new Int32Array(board, 0, 2)[1] = -1
  return board
}

/** Puts an input on the board; null takes the last one off. */
export function announceOn(board: SharedArrayBuffer): (input: Uint8Array | null) => void {
  const head = new Int32Array(board, 0, 2)
  const octets = new Uint8Array(board, headBytes)
  let number = 0
  return (input) => {
    if (input !== null) octets.set(input.subarray(0, maxBoardBytes))
    number = (number + 1) & 0x7fffffff
    Atomics.store(head, 1, input === null ? -1 : input.length)
    Atomics.store(head, 0, number)
  }
}

/** The number of announcements so far, and the input if there is one. */
export function readBoard(board: SharedArrayBuffer): { readonly number: number; input(): Uint8Array | null } {
  const head = new Int32Array(board, 0, 2)
  const length = Atomics.load(head, 1)
  return {
    number: Atomics.load(head, 0),
    input: () => (length < 0 ? null : new Uint8Array(board, headBytes).slice(0, length)),
  }
}

/** What tells kinds of failures apart: the beginning of a reason without numbers, since what follows quotes the input. */
export function kindOf(why: string): string {
  return why.replaceAll(/\d+/g, '').slice(0, 24)
}
