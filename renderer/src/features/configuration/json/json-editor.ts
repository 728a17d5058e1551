import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Text } from '@codemirror/state'
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view'
import { completeDaemonJson } from './completion'
import type { EditorHelp } from './help'
import { hoverHelp } from './hover'
import { look } from './look'

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

export interface EditorOptions {
  text: string
  readOnly: boolean
  label: string
  help: () => EditorHelp
  onChange: (text: string) => void
  /** Offset of the caret, in characters. */
  onCaret: (offset: number) => void
}

/** Where a problem stands in the text; a problem without a line stands at the first. */
function place(doc: Text, problem: EditorProblem): { from: number; to: number } {
  const line = doc.line(Math.max(1, Math.min(problem.line ?? 1, doc.lines)))
  const from = Math.min(line.to, line.from + Math.max(0, (problem.column ?? 1) - 1))
  return { from, to: Math.max(from, line.to) }
}

/** The smallest change that makes one text of another, so that caret and history stay where they are. */
export function changeBetween(now: string, next: string): { from: number; to: number; insert: string } {
  const most = Math.min(now.length, next.length)
  let start = 0
  while (start < most && now[start] === next[start]) start += 1
  let end = 0
  while (end < most - start && now[now.length - 1 - end] === next[next.length - 1 - end]) end += 1
  return { from: start, to: now.length - end, insert: next.slice(start, next.length - end) }
}

/** An editor of daemon.json in `parent`. */
export function createJsonEditor(parent: HTMLElement, options: EditorOptions): JsonEditor {
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
        closeBrackets(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        search({ top: true }),
        EditorState.phrases.of(options.help().phrases),
        json(),
        look,
        autocompletion({ override: [completeDaemonJson(options.help)], icons: false }),
        hoverHelp(options.help),
        // Tab is left to the page: a keyboard must be able to leave the editor.
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...completionKeymap,
          ...lintKeymap,
        ]),
        EditorView.contentAttributes.of({
          'aria-label': options.label,
          spellcheck: 'false',
          tabindex: '0',
        }),
        EditorView.lineWrapping,
        editable.of(readOnly(options.readOnly)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString())
          if (update.docChanged || update.selectionSet) options.onCaret(update.state.selection.main.head)
        }),
      ],
    }),
  })

  return {
    setText(text) {
      const now = view.state.doc.toString()
      if (text !== now) view.dispatch({ changes: changeBetween(now, text) })
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
      view.dispatch({
        selection: { anchor: from },
        effects: EditorView.scrollIntoView(from, { y: 'center' }),
      })
      view.focus()
    },
    destroy: () => view.destroy(),
  }
}
