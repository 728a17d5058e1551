import type { RouteLocationRaw } from 'vue-router'
import type { Problem } from './config'

/** The editor of daemon.json, at the line of a problem where it has one. */
export function editorPlace(problem: Pick<Problem, 'line' | 'column' | 'key'> | undefined): RouteLocationRaw {
  return {
    name: 'configuration',
    query: {
      view: 'json',
      ...(problem?.line === undefined ? {} : { line: String(problem.line) }),
      ...(problem?.column === undefined ? {} : { column: String(problem.column) }),
    },
  }
}
