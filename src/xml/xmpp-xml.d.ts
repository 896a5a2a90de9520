/** The part of `@xmpp/xml` this project uses; the package ships no types. */
declare module '@xmpp/xml' {
  import type { Element as LtxElement, Node } from 'ltx'

  export type { LtxElement as ElementType }

  /** Something `xml()` accepts as a child; false, null, undefined and '' are left out, arrays are flattened. */
  export type Child = Node | number | boolean | null | undefined | readonly Child[]

  /** The ltx class this package builds with. ltx loaded by other ways has another one: never use `instanceof`. */
  export const Element: typeof LtxElement

  /** Builds an element; attributes that are null or undefined are left out. */
  export function xml(
    name: string,
    attrs?: { [name: string]: string | number | boolean | null | undefined } | null,
    ...children: Child[]
  ): LtxElement
}
