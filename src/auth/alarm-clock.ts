/** Limits of many waits on one timer: to set and clear a timer for each costs more than most of the waits themselves. */

/** A limit that somebody waits under. */
export interface Alarm {
  /** Milliseconds on the `performance.now()` clock. */
  readonly at: number
  readonly ring: () => void
}

/** Rings alarms, a few milliseconds late at most. */
export interface AlarmClock {
  set(at: number, ring: () => void): Alarm
  /** Does nothing for one that has rung. */
  clear(alarm: Alarm): void
}

/** The longest that a timer can run, milliseconds: what is later is looked at again. */
const maxTimerMs = 2 ** 31 - 1

/**
 * A clock whose timer runs only while there is an alarm, or was one when it was last looked at. `holdsProcess`: whether
 * alarms that are set keep the process alive; where they are limits of sockets, those do.
 */
export function createAlarmClock({ holdsProcess }: { readonly holdsProcess: boolean }): AlarmClock {
  const alarms = new Set<Alarm>()
  let timer: NodeJS.Timeout | null = null
  /** When the timer goes off. */
  let looksAt = Number.POSITIVE_INFINITY
  const lookAt = (at: number): void => {
    if (timer !== null) clearTimeout(timer)
    looksAt = at
    timer = setTimeout(look, Math.min(maxTimerMs, Math.max(1, Math.ceil(at - performance.now()))))
    if (!holdsProcess) timer.unref()
  }
  const look = (): void => {
    timer = null
    looksAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    let next = Number.POSITIVE_INFINITY
    for (const alarm of [...alarms]) {
      if (alarm.at > now) next = Math.min(next, alarm.at)
      // One that has rung may have cleared others.
      else if (alarms.delete(alarm)) alarm.ring()
    }
    if (next < looksAt) lookAt(next)
  }
  return {
    set: (at, ring) => {
      const alarm: Alarm = { at, ring }
      alarms.add(alarm)
      if (at < looksAt) lookAt(at)
      else if (holdsProcess && alarms.size === 1) timer?.ref()
      return alarm
    },
    clear: (alarm) => {
      if (alarms.delete(alarm) && alarms.size === 0) timer?.unref()
    },
  }
}
