/** The few things that both rooms do with the document. Text goes in as text, never as markup. */

/**
 * A new element. Properties are set as attributes, `on…` functions as listeners; false, null and undefined set nothing.
 * @param {string} name
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string | null)} children
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue
    if (typeof value === 'function') made.addEventListener(key.slice(2), value)
    else made.setAttribute(key, value === true ? '' : String(value))
  }
  made.append(...children.filter((child) => child !== null))
  return made
}

/** The element with this id; throws when the page has none. */
export function byId(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

/** Initial and colour of somebody's picture. */
export function dress(avatar, jid) {
  avatar.textContent = (jid[0] ?? '?').toUpperCase()
  let sum = 0
  for (const character of jid) sum += character.codePointAt(0) ?? 0
  avatar.dataset.tint = String(sum % 4)
}

/** A button that copies a text, and says that it has. */
export function copyButton(text, label) {
  const button = element('button', { type: 'button', class: 'quiet' }, label)
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      button.textContent = text
    }
  })
  return button
}

/** What changes every second is for the eye only: nobody wants it read out. */
export const countdown = (text) => element('span', { 'aria-hidden': 'true' }, ` ${text}`)
