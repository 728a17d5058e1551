import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machine } from '../../electron/helper/manager'
import { DropIn, dropInText, endpointIn, readTracesDropIn } from '../../electron/helper/traces-drop-in'
import { verbs } from '../../electron/helper/verbs'

const UNIT = 'docker.service'
const ENDPOINT = 'http://127.0.0.1:4318'

/** What would send a root daemon's traces elsewhere, or write another line into a unit. */
const HOSTILE: unknown[] = [
  'http://127.0.0.1:4318/',
  'http://127.0.0.1:4318\nExecStartPre=/tmp/evil',
  'http://127.0.0.1:4318\r\n[Service]',
  'http://127.0.0.1:4318 A=b',
  'http://127.0.0.1:4318"',
  ' http://127.0.0.1:4318',
  'http://127.0.0.1:4318\0',
  'http://127.0.0.1:%n',
  'http://127.0.0.1:0',
  'http://127.0.0.1:065',
  'http://127.0.0.1:65536',
  'http://127.0.0.1:99999',
  'http://127.0.0.1',
  'http://127.0.0.1:-1',
  'http://127.1:4318',
  'http://127.0.0.2:4318',
  'http://0.0.0.0:4318',
  'http://localhost:4318',
  'http://[::1]:4318',
  'http://user@127.0.0.1:4318',
  'http://127.0.0.1:4318@evil.example',
  'http://evil.example:4318',
  'https://127.0.0.1:4318',
  'HTTP://127.0.0.1:4318',
  'http://127.0.0.1:４３１８',
  'unix:///run/x.sock',
  '',
  4318,
  null,
  ['http://127.0.0.1:4318'],
  { toString: () => ENDPOINT },
]

describe.each(['send-traces', 'sandbox'])('an endpoint given to the verb %s', (name) => {
  const verb = verbs.find((each) => each.name === name)
  const field = name === 'sandbox' ? 'traces' : 'endpoint'
  const rest = name === 'sandbox' ? {} : { path: '/etc/docker/daemon.json', socketPath: '/run/docker.sock' }

  it('is this machine and a port, and nothing else', () => {
    expect(verb?.parse({ ...rest, [field]: ENDPOINT })).toMatchObject({ [field]: ENDPOINT })
    for (const hostile of HOSTILE)
      expect(() => verb?.parse({ ...rest, [field]: hostile }), JSON.stringify(hostile)).toThrow(/.+/)
  })

  it('comes with no path, unit or text of the caller’s', () => {
    for (const more of ['unit', 'folder', 'file', 'dropIn', 'environment', 'content'])
      expect(() => verb?.parse({ ...rest, [field]: ENDPOINT, [more]: 'x' })).toThrow(/Unknown field/)
  })
})

it('the way back takes no endpoint at all', () => {
  const verb = verbs.find(({ name }) => name === 'end-traces')
  expect(() =>
    verb?.parse({ path: '/etc/docker/daemon.json', socketPath: '/run/docker.sock', endpoint: ENDPOINT }),
  ).toThrow(/Unknown field/)
})

describe.skipIf(process.geteuid?.() !== 0)('the drop-in', () => {
  const before = machine.unitFolder
  let root: string
  let folder: string
  let path: string

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'porthole-units-'))
    machine.unitFolder = join(root, 'system')
    mkdirSync(machine.unitFolder)
    folder = join(machine.unitFolder, `${UNIT}.d`)
    path = join(folder, 'porthole-traces.conf')
  })
  afterEach(() => {
    machine.unitFolder = before
    rmSync(root, { recursive: true })
  })

  async function change(endpoint: string | null): Promise<void> {
    const dropIn = await DropIn.open(UNIT, { create: true })
    try {
      await dropIn.change(endpoint)
      await dropIn.conclude()
    } finally {
      await dropIn.close()
    }
  }

  it('is root’s, for all to read, whole, and gone without a trace', async () => {
    const umask = process.umask(0o077)
    try {
      await change(ENDPOINT)
      await change(ENDPOINT)
    } finally {
      process.umask(umask)
    }
    expect(readFileSync(path, 'utf8')).toBe(dropInText(ENDPOINT))
    expect(lstatSync(path)).toMatchObject({ mode: 0o100_644, uid: 0, gid: 0 })
    expect(readdirSync(folder)).toEqual(['porthole-traces.conf'])
    expect(await readTracesDropIn(UNIT)).toEqual({ path, endpoint: ENDPOINT })
    await change(null)
    await change(null)
    expect(readdirSync(machine.unitFolder)).toEqual([])
  })

  it('leaves what others put beside it', async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'override.conf'), '[Service]\n')
    await change(ENDPOINT)
    await change(null)
    expect(readdirSync(folder)).toEqual(['override.conf'])
  })

  it('is never written through a link, over another’s file, or under a second name', async () => {
    mkdirSync(folder)
    const elsewhere = join(root, 'elsewhere')
    writeFileSync(elsewhere, dropInText(ENDPOINT))
    symlinkSync(elsewhere, path)
    await expect(change('http://127.0.0.1:5000')).rejects.toMatchObject({ code: 'flow/drop-in-foreign' })
    rmSync(path)
    symlinkSync('/nowhere', path)
    await expect(change(ENDPOINT)).rejects.toMatchObject({ code: 'flow/drop-in-foreign' })
    rmSync(path)
    linkSync(elsewhere, path)
    await expect(change(null)).rejects.toMatchObject({ code: 'config/not-writable' })
    expect(readFileSync(elsewhere, 'utf8')).toBe(dropInText(ENDPOINT))
    rmSync(path)
    for (const text of ['', '[Service]\nEnvironment=OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318\n']) {
      writeFileSync(path, text)
      await expect(change(null)).rejects.toMatchObject({ code: 'flow/drop-in-foreign' })
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
  })

  it('goes into no folder that is a link, or that others may write in', async () => {
    mkdirSync(join(root, 'theirs'))
    symlinkSync(join(root, 'theirs'), folder)
    await expect(change(ENDPOINT)).rejects.toMatchObject({ code: 'helper/path-refused' })
    rmSync(folder)
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    await expect(change(ENDPOINT)).rejects.toMatchObject({ code: 'helper/path-refused' })
    for (const unit of ['../../etc', '-x.service', 'docker.service/../x', 'docker'])
      await expect(DropIn.open(unit, { create: true })).rejects.toMatchObject({ code: 'helper/path-refused' })
  })

  it('is put back as it was, whatever a torn intent says', async () => {
    mkdirSync(folder)
    for (const torn of ['', '{"before": "http://evil.example:1"}', '{"before": 5']) {
      writeFileSync(join(folder, '.porthole-traces.intent'), torn)
      const dropIn = await DropIn.open(UNIT, { create: true })
      expect(await dropIn.intent(), torn).toEqual({ before: null })
      await dropIn.close()
    }
  })
})

it('a text is known for Porthole’s own to the word', () => {
  const own = dropInText(ENDPOINT)
  expect(endpointIn(own)).toBe(ENDPOINT)
  for (const other of [
    own.replace('# Written by Porthole', '# Written by somebody'),
    own.replace('127.0.0.1', '10.0.0.1'),
    `${own}ExecStartPre=/bin/true\n`,
    own.replace('[Service]', '[Service]\nEnvironment=LD_PRELOAD=/tmp/x.so'),
    own.replace('Environment=OTEL_BSP', 'Environment=A=b OTEL_BSP'),
  ])
    expect(endpointIn(other), other).toBeUndefined()
})
