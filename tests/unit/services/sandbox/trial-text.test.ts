import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../electron/contract/errors'
import { editDocument } from '../../../../electron/services/config/edit'
import { explained } from '../../../../electron/services/sandbox/refusal'
import { trialText } from '../../../../electron/services/sandbox/trial-text'

const editor = {
  edit: ({ text, unset = [] }: { text: string; unset?: string[] }) =>
    Promise.resolve().then(() => ({ text: editDocument(text, new Map(), unset) })),
}

describe('a text to try', () => {
  it('is the reader’s own where nothing has to be left out', async () => {
    const text = '{ "debug" : true }'
    expect(await trialText(text, editor)).toEqual({ text, leftOut: [] })
  })

  it('keeps its look without what cannot be tried', async () => {
    const text = '{\n\t"debug": true,\n\t"data-root": "/a",\n\t"hosts": ["fd://"]\n}\n'
    expect((await trialText(text, editor)).text).toBe('{\n\t"debug": true\n}\n')
  })

  it('is a copy of one that cannot be edited', async () => {
    const tried = await trialText('\uFEFF{"debug": true, "data-root": "/a"}', editor)
    expect(tried).toEqual({ text: '{\n  "debug": true\n}\n', leftOut: [{ key: 'data-root', why: 'own' }] })
  })

  it('is an object', async () => {
    await expect(trialText('[]', editor)).rejects.toMatchObject({ code: 'config/invalid' })
  })
})

describe('a refusal', () => {
  it('says what dockerd’s sentence means, and where the key stands', async () => {
    const said = 'failed to start daemon: native.cgroupdriver option bogus not supported'
    const error = new AppError('sandbox/refused', 'no', { detail: { said } })
    expect(await explained(error, '{\n  "exec-opts": []\n}')).toMatchObject({
      message: 'dockerd does not start with this text. There is no cgroup driver “bogus”.',
      detail: { said, fatal: 'cgroup-driver', driver: 'bogus', key: 'exec-opts', line: 2 },
    })
  })

  it('leaves other errors alone', async () => {
    const error = new AppError('helper/dismissed', 'no')
    expect(await explained(error, '{}')).toBe(error)
  })
})
