import { BlockList, isIP } from 'node:net'

/** A network such as `10.0.0.0/8`. */
export interface Network {
  family: 4 | 6
  /** Its first address, as Node spells it. */
  address: string
  bits: number
}

/** Network of a CIDR such as `172.30.0.1/24`; undefined for anything else. */
export function networkOf(text: string): Network | undefined {
  const match = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(text)
  const address = match?.[1] ?? ''
  const bits = Number(match?.[2])
  const family = isIP(address)
  if (match === null || family === 0 || bits > (family === 4 ? 32 : 128)) return undefined
  if (family === 6) return { family: 6, address, bits }
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  const first = bits === 0 ? 0 : number - (number % 2 ** (32 - bits))
  return {
    family: 4,
    address: [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.'),
    bits,
  }
}

/** Whether an address lies in a network of the same family. */
export function inNetwork(address: string, { family, address: first, bits }: Network): boolean {
  if (isIP(address) !== family) return false
  const list = new BlockList()
  const type = family === 4 ? 'ipv4' : 'ipv6'
  list.addSubnet(first, bits, type)
  return list.check(address, type)
}
