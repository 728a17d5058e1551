/**
 * A path of the contract as a whole one: those in the data-root are relative to it there. Bytes that
 * are not UTF-8 stay as `\\xNN`.
 */
export function wholePath(path: string, dataRoot: string): string {
  if (path.startsWith('/')) return path
  return path === '' ? dataRoot : `${dataRoot}/${path}`
}
