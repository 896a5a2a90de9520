/** Who answers a request: by host, then by path, compared as they stand. */

import type { Mounted } from './mount.ts'
import { withoutSlash } from './place-options.ts'
import type { Target } from './target.ts'

/**
 * The handler of a host and path; null when nobody answers there. An exact path goes before one that has it below, a
 * handler of that very host before one of any host, a long path before a short one.
 */
export function findRoute(all: readonly Mounted[], { host, path }: Target): Mounted | null {
  const named = host === '' ? [] : all.filter(({ mount }) => mount.host === host)
  const anywhere = all.filter(({ mount }) => mount.host === null)
  return exact(named, path) ?? exact(anywhere, path) ?? above(named, path) ?? above(anywhere, path)
}

function exact(all: readonly Mounted[], path: string): Mounted | null {
  const plain = withoutSlash(path)
  return all.find(({ mount }) => mount.paths.includes(plain)) ?? null
}

function above(all: readonly Mounted[], path: string): Mounted | null {
  const owners = all.flatMap((one) => {
    if (!one.mount.hasSubtree) return []
    return one.mount.paths
      .filter((root) => path.startsWith(root === '/' ? root : `${root}/`))
      .map((root) => ({ one, root }))
  })
  return owners.sort((a, b) => b.root.length - a.root.length)[0]?.one ?? null
}
