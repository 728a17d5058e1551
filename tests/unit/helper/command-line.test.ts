import { describe, expect, it } from 'vitest'
import { filledIn, parseAssignments } from '../../../electron/helper/manager/assignments'
import { listensOn } from '../../../electron/helper/manager/listening'

describe('a command line with variables', () => {
  it('reads assignments of environment files and of the top of a script', () => {
    const text =
      '# A=no\nA=1\nexport B="two words \\"q\\""\nC=\'$A\'\n  D=\nA=2\nif [ x ]; then\nnot a line=3\n'
    expect([...parseAssignments(text)]).toEqual([
      ['A', '2'],
      ['B', 'two words "q"'],
      ['C', '$A'],
      ['D', ''],
    ])
  })

  it('splits a variable that stands alone, and not one within a word', () => {
    const values = new Map([
      ['OPTS', ' -D  --mtu 1400 '],
      ['PLACE', '/srv/my data'],
    ])
    expect(filledIn(['dockerd', '$OPTS', '--data-root=${PLACE}/d', '$NONE', '${NONE}x'], values)).toEqual([
      ...['dockerd', '-D', '--mtu', '1400', '--data-root=/srv/my data/d', 'x'],
    ])
  })
})

describe('where a dockerd listens', () => {
  it.each([
    [['dockerd'], '/run/docker.sock', true],
    [['dockerd'], '/var/run/docker.sock', true],
    [['dockerd', '-H', 'fd://'], '/run/docker.sock', true],
    [['dockerd', '-H', 'fd://'], '/srv/docker.sock', false],
    [['dockerd', '-Hunix:///srv/docker.sock'], '/srv/docker.sock', true],
    [['dockerd', '--host=unix:///var/run/docker.sock'], '/run/docker.sock', true],
    [['dockerd', '--host', 'unix:///srv/docker.sock'], '/run/docker.sock', false],
    [['dockerd', '-H=tcp://127.0.0.1:2375'], '/run/docker.sock', false],
    [[], '/run/docker.sock', false],
  ])('%j on %s: %s', (argv, socketPath, expected) => {
    expect(listensOn(argv, socketPath)).toBe(expected)
  })
})
