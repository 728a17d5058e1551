import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { Compartment, EditorState, type Text } from '@codemirror/state'
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'

export interface EditorProblem {
  severity: 'error' | 'warning' | 'info'
  message: string
  /** 1-based. */
  line?: number | undefined
  /** 1-based, in characters. */
  column?: number | undefined
}

export interface JsonEditor {
  setText(text: string): void
  setReadOnly(readOnly: boolean): void
  setProblems(problems: readonly EditorProblem[]): void
  /** Puts the caret at a line and shows it. */
  goTo(line: number, column?: number): void
  destroy(): void
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent-text)' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: tags.number, color: 'var(--info)' },
  { tag: [tags.bool, tags.null], color: 'var(--warn)' },
  { tag: tags.invalid, color: 'var(--bad)' },
])

const look = EditorView.theme({
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
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--raised)',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--r)',
  },
})

/** Where a problem stands in the text; a problem without a line stands at the first. */
function place(doc: Text, problem: EditorProblem): { from: number; to: number } {
  const line = doc.line(Math.max(1, Math.min(problem.line ?? 1, doc.lines)))
  const from = Math.min(line.to, line.from + Math.max(0, (problem.column ?? 1) - 1))
  return { from, to: Math.max(from, line.to) }
}

/** A small JSON editor in `parent`. */
export function createJsonEditor(
  parent: HTMLElement,
  options: { text: string; readOnly: boolean; label: string; onChange: (text: string) => void },
): JsonEditor {
  const editable = new Compartment()
  const readOnly = (on: boolean) => [EditorState.readOnly.of(on), EditorView.editable.of(!on)]
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        json(),
        syntaxHighlighting(colours),
        look,
        // Tab is left to the page: a keyboard must be able to leave the editor.
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          spellcheck: 'false',
          tabindex: '0',
        }),
        EditorView.lineWrapping,
        editable.of(readOnly(options.readOnly)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString())
        }),
      ],
    }),
  })

  return {
    setText(text) {
      const now = view.state.doc.toString()
      if (text !== now) view.dispatch({ changes: { from: 0, to: now.length, insert: text } })
    },
    setReadOnly: (on) => view.dispatch({ effects: editable.reconfigure(readOnly(on)) }),
    setProblems(problems) {
      const diagnostics = problems.map((problem): Diagnostic => ({
        ...place(view.state.doc, problem),
        severity: problem.severity,
        message: problem.message,
      }))
      view.dispatch(setDiagnostics(view.state, diagnostics))
    },
    goTo(line, column) {
      const { from } = place(view.state.doc, { severity: 'info', message: '', line, column })
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true })
      view.focus()
    },
    destroy: () => view.destroy(),
  }
}
