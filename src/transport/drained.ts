/** Waiting for a connection to take more. */

import type { Duplex } from 'node:stream'

/** Resolves once what `socket` holds back is out, or the socket is closed. */
export function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.once('drain', done)
    socket.once('close', done)
  })
}
