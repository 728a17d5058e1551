import { describe, expect, it } from 'vitest'
import { lastWordOf } from '../../../electron/helper/sandbox/last-word'
import { sandboxText } from '../../../electron/helper/sandbox/tried'

describe('the copy of a daemon.json for a sandbox', () => {
  it('goes without what is the real daemon’s, and says why', () => {
    const text = JSON.stringify({
      debug: true,
      hosts: ['tcp://0.0.0.0:2375'],
      containerd: '/run/containerd/containerd.sock',
      bip: '10.9.0.1/24',
      'storage-opts': ['size=10G'],
      'authorization-plugins': ['opa'],
      'live-restore': false,
    })
    expect(sandboxText(text)).toEqual({
      text: '{\n  "debug": true\n}\n',
      leftOut: [
        { key: 'hosts', why: 'own' },
        { key: 'containerd', why: 'held' },
        { key: 'bip', why: 'network' },
        { key: 'storage-opts', why: 'disk' },
        { key: 'authorization-plugins', why: 'plugin' },
        { key: 'live-restore', why: 'life' },
      ],
    })
  })

  it('sees a key that stands twice', () => {
    expect(sandboxText('{"hosts": [], "hosts": ["fd://"]}').leftOut).toEqual([{ key: 'hosts', why: 'own' }])
  })

  it.each(['[]', '5', '"{}"', '{', 'null x'])('is none of %s', (text) => {
    expect(sandboxText(text).text).toBeUndefined()
  })

  it.each(['', ' \n', '{}'])('is an empty object of %j', (text) => {
    expect(sandboxText(text)).toEqual({ text: '{}\n', leftOut: [] })
  })
})

describe('the last word of a dockerd', () => {
  it('is the sentence without a level, whatever its containerd says after it', () => {
    const log = [
      'time="2026-01-02T03:04:05Z" level=info msg="Starting up"',
      'failed to start daemon: no such driver',
      'time="2026-01-02T03:04:06Z" level=error msg="containerd: stopping"',
    ]
    expect(lastWordOf(log.join('\n'))).toBe('failed to start daemon: no such driver')
  })

  it('is not what the wrappers of a rootless one say', () => {
    const log = [
      '+ exec dockerd --config-file x',
      'unable to configure the Docker daemon with file x: EOF',
      '[rootlesskit:child ] error: command [dockerd] exited: exit status 1',
    ]
    expect(lastWordOf(log.join('\n'))).toMatch(/^unable to configure/)
    expect(lastWordOf('[rootlesskit:parent] error: failed to setup UID/GID map')).toBeUndefined()
  })

  it('is the first line of a crash, and the gravest log line where there is no sentence', () => {
    expect(lastWordOf('panic: no bridge\n\ngoroutine 1 [running]:\nmain.main()')).toBe('panic: no bridge')
    expect(lastWordOf('time="x" level=fatal msg="no"\ntime="x" level=info msg="bye"')).toContain('fatal')
  })
})
