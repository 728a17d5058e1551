/** The few pages that are shown before anyone is logged in; the program's own page needs a session. */

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:34rem;margin:18vh auto 0;padding:0 1.5rem}
h1{font-size:1.25rem;margin:0 0 .5rem}
code{font-family:ui-monospace,monospace}`

/** The empty icon keeps browsers from asking for one, which needs a session. */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body>${body}</body></html>
`
}

/**
 * Takes the token out of the fragment, which no server and no log ever sees, and trades it for a
 * cookie. A script of its own file: the policy allows no inline one.
 */
export const OPEN_PAGE = page(
  'Porthole',
  `<h1 id="title" role="status">Opening Porthole…</h1><p id="hint"></p>
<noscript><p>Porthole needs JavaScript.</p></noscript><script src="/open.js"></script>`,
)

export const OPEN_SCRIPT = `'use strict'
const token = new URLSearchParams(location.hash.slice(1)).get('token')
history.replaceState(null, '', location.pathname)
const say = (title, hint) => {
  document.getElementById('title').textContent = title
  document.getElementById('hint').textContent = hint
}
fetch('/session', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ token: token ?? '' }),
})
  .then(async (answer) => {
    if (answer.ok) return location.replace('/')
    const { error } = await answer.json()
    say(error.message, error.hint)
  })
  .catch(() => say('Porthole does not answer.', 'Is "porthole serve" still running?'))
`

/** Shown for the program's page without a session. */
export const LOCKED_PAGE = page(
  'Porthole',
  `<h1>This browser is not logged in</h1>
<p>Open the link that <code>porthole serve</code> printed last in its terminal. Each link works once;
after it was used, the next one is printed.</p>`,
)
