import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { EditorView, highlightSpecialChars } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent-text)' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: tags.number, color: 'var(--info)' },
  { tag: [tags.bool, tags.null], color: 'var(--warn)' },
  { tag: tags.invalid, color: 'var(--bad)' },
])

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'transparent', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--faint)', border: 'none' },
  '.cm-activeLine, .cm-activeLineGutter': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 8%, transparent)',
  },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--accent-soft)' },
  '.cm-searchMatch': { backgroundColor: 'var(--mark)' },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--r)',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '15em' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--accent-text)',
    backgroundColor: 'var(--accent-soft)',
  },
  '.cm-completionDetail': { fontFamily: 'var(--sans)', fontStyle: 'normal', color: 'var(--faint)' },
  '.cm-completionInfo': { maxWidth: '320px', padding: '6px 10px' },
  '.cm-diagnostic': { padding: '4px 10px' },
  '.cm-option-help': { maxWidth: '420px', padding: '8px 12px', lineHeight: '1.45' },
  '.cm-option-key': { fontWeight: '650' },
  '.cm-option-fact': { marginTop: '3px', color: 'var(--muted)' },
  '.cm-invisible': {
    padding: '0 3px',
    borderRadius: '3px',
    color: 'var(--bad)',
    backgroundColor: 'var(--bad-soft)',
    fontSize: '10px',
  },
  '.cm-panels': { color: 'var(--text)', backgroundColor: 'var(--sunken)', borderColor: 'var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 28px 6px 8px', fontFamily: 'var(--sans)' },
  '.cm-textfield': {
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
    color: 'var(--text)',
    backgroundColor: 'var(--surface)',
  },
  '.cm-button': {
    border: '1px solid var(--line-strong)',
    borderRadius: '4px',
    color: 'var(--text)',
    backgroundColor: 'var(--surface)',
    backgroundImage: 'none',
  },
})

/** Blanks that JSON does not count as such, beyond those CodeMirror marks already. */
const BLANKS = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/

/** Shows what nobody sees and every parser stumbles over, by its number. */
const invisible = highlightSpecialChars({
  addSpecialChars: BLANKS,
  render(code) {
    const mark = document.createElement('span')
    const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
    mark.className = 'cm-invisible'
    mark.textContent = name
    mark.title = name
    mark.setAttribute('aria-label', name)
    return mark
  },
})

/** Colours and shapes of the editor, from the window's own tokens. */
export const look = [theme, syntaxHighlighting(colours), invisible]
