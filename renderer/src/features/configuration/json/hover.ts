import { hoverTooltip, type Tooltip } from '@codemirror/view'
import { getLocation } from 'jsonc-parser'
import { optionAt, type EditorHelp } from './help'

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}

/** Tells of the option under the pointer what the form tells of it. */
export function hoverHelp(help: () => EditorHelp) {
  return hoverTooltip((view, pos): Tooltip | null => {
    const location = getLocation(view.state.doc.toString(), pos)
    const token = location.previousNode
    const { options, facts } = help()
    const option = optionAt(options, location.path)
    if (!option || !token || pos < token.offset || pos > token.offset + token.length) return null
    return {
      pos: token.offset,
      end: token.offset + token.length,
      above: true,
      create() {
        const dom = element('div', 'cm-option-help', '')
        dom.append(element('code', 'cm-option-key', option.key), element('p', '', option.help))
        for (const fact of facts(option)) dom.append(element('p', 'cm-option-fact', fact))
        return { dom }
      },
    }
  })
}
