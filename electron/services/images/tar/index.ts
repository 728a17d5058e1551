export { BLOCK, readBlock, type EntryType, type TarEntry } from './header'
export { TarReader, type BodySink } from './reader'
