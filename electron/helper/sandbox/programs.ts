import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Absolute path of the first program of that name in a list of folders such as PATH. */
export function programOn(name: string, path = ''): string | undefined {
  return path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file))
}

/** A list of folders with one put first, so that its dockerd finds its containerd and shim there. */
export function pathWith(folder: string | undefined, path = ''): string {
  return [...(folder === undefined ? [] : [folder]), path].join(delimiter)
}
