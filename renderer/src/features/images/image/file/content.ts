import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { useConnection } from '../../../../remote/connection'
import { toFailure, type Failure } from '../../../../remote/failure'
import type { Content, Spot } from '../contents'

/** As long as the contract lets a piece take, which may have to come out of an export; milliseconds. */
const PIECE_MS = 540_000

export interface ContentHandle {
  /** What the first piece says of the file. */
  facts: ShallowRef<Content | undefined>
  /** What has come, once all of it has that will. */
  bytes: ShallowRef<Uint8Array<ArrayBuffer> | undefined>
  /** What it looks as if it held, by its name or by what stands in any piece. */
  credential: ComputedRef<Content['credential']>
  failure: ShallowRef<Failure | undefined>
  received: Ref<number>
  /** Since when it is waited for, milliseconds since 1970. */
  since: Ref<number | undefined>
  read(image: string, spot: Spot): Promise<void>
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Bytes as base64, for a `data:` URL. */
export function encoded(bytes: Uint8Array): string {
  const CHUNK = 0x8000
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(text)
}

/** One file of a layer, read in pieces: its first mebibyte. Ends with the component that made it. */
export function useContent(): ContentHandle {
  const connection = useConnection()
  const facts = shallowRef<Content>()
  const bytes = shallowRef<Uint8Array<ArrayBuffer>>()
  const failure = shallowRef<Failure>()
  const received = ref(0)
  const since = ref<number>()
  const looksLike = ref<Content['credential']>()
  let current: AbortController | undefined

  async function read(image: string, { layer, path }: Spot): Promise<void> {
    const { client } = connection
    current?.abort()
    const mine = new AbortController()
    current = mine
    facts.value = undefined
    bytes.value = undefined
    failure.value = undefined
    looksLike.value = undefined
    received.value = 0
    if (!client) return
    since.value = Date.now()
    const pieces: Uint8Array[] = []
    try {
      for (let from: number | undefined = 0; from !== undefined;) {
        const piece: Content = await client.call(
          'image.file',
          { image, layer, path, from },
          { signal: mine.signal, timeoutMs: PIECE_MS },
        )
        if (current !== mine) return
        const part = decoded(piece.data)
        pieces.push(part)
        received.value += part.length
        looksLike.value ??= piece.credential
        facts.value ??= piece
        if (piece.cut) facts.value = { ...facts.value, cut: true }
        from = piece.next
      }
      bytes.value = joined(pieces)
    } catch (reason) {
      const why = toFailure(reason)
      if (current === mine && why.code !== 'rpc/cancelled') failure.value = why
    } finally {
      if (current === mine) since.value = undefined
    }
  }

  onScopeDispose(() => current?.abort())
  return { facts, bytes, credential: computed(() => looksLike.value), failure, received, since, read }
}
