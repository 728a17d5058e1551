import { describe, expect, it } from 'vitest'
import { maskArgv } from '../../../../electron/services/engine'
import { maskArguments } from '../../../../electron/services/runtime/bundle'
import { readFeatures } from '../../../../electron/services/runtime/features'

const status = (features: unknown) => ({
  'org.opencontainers.runtime-spec.features':
    typeof features === 'string' ? features : JSON.stringify(features),
})

describe('the features of a runtime', () => {
  it('are read from what it printed', () => {
    expect(
      readFeatures(
        status({
          ociVersionMin: '1.0.0',
          ociVersionMax: '1.0.2-dev',
          hooks: ['prestart'],
          mountOptions: ['ro', 'rw'],
          linux: {
            namespaces: ['pid', 'mount'],
            capabilities: ['CAP_CHOWN'],
            cgroup: { v1: true, v2: true, systemd: true, systemdUser: false },
            seccomp: { enabled: true, actions: ['SCMP_ACT_ALLOW'] },
            apparmor: { enabled: false },
          },
          annotations: { 'org.opencontainers.runc.version': '1.1.5+ds1', odd: 7 },
        }),
      ),
    ).toEqual({
      ociVersionMin: '1.0.0',
      ociVersionMax: '1.0.2-dev',
      version: '1.1.5+ds1',
      namespaces: ['pid', 'mount'],
      capabilities: 1,
      mountOptions: 2,
      hooks: ['prestart'],
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: false },
      seccomp: true,
      apparmor: false,
      annotations: { 'org.opencontainers.runc.version': '1.1.5+ds1' },
    })
  })

  it.each([undefined, null, {}, 'text', status('not JSON'), status('null'), status('[1]x')])(
    '%j tells none',
    (value) => {
      expect(readFeatures(value)).toBeUndefined()
    },
  )

  it('survive a runtime that answers with the wrong shapes', () => {
    const answer = readFeatures(status({ linux: 'x', hooks: { a: 1 }, annotations: [1], ociVersionMin: 2 }))
    expect(answer).toEqual({
      namespaces: [],
      capabilities: 0,
      mountOptions: 0,
      hooks: [],
      cgroup: {},
      annotations: {},
    })
  })
})

describe('a bundle’s command lines', () => {
  it('lose what can be a secret, hooks’ too, and nothing else', () => {
    const config = {
      process: { args: ['app', '--password', 'hunter2', '--level', '3'], env: ['A=*****'] },
      hooks: { prestart: [{ path: '/x', args: ['hook', 'token=abc'] }] },
      linux: { args: 'no list' },
    }
    const { value, masked } = maskArguments(config, maskArgv)
    expect(value).toEqual({
      process: { args: ['app', '--password', '*****', '--level', '3'], env: ['A=*****'] },
      hooks: { prestart: [{ path: '/x', args: ['hook', 'token=*****'] }] },
      linux: { args: 'no list' },
    })
    expect(masked).toBe(2)
  })
})
