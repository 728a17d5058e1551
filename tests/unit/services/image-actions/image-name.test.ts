import { expect, it } from 'vitest'
import { inPath, repositoryOf, splitName } from '../../../../electron/services/image-actions/image-name'

it.each([
  ['web', 'web', 'latest'],
  ['web:1', 'web', '1'],
  ['localhost:5000/web', 'localhost:5000/web', 'latest'],
  ['localhost:5000/a/web:1.2', 'localhost:5000/a/web', '1.2'],
])('the name %s is %s with the tag %s', (name, repo, tag) => {
  expect(splitName(name)).toEqual({ repo, tag })
  expect(repositoryOf(name)).toBe(repo)
})

it('a digest belongs to one image for good', () => {
  expect(repositoryOf('localhost:5000/web@sha256:12')).toBe('localhost:5000/web')
  expect(() => splitName('web@sha256:12')).toThrow(expect.objectContaining({ code: 'engine/refused' }))
})

it.each(['web', 'web:1', 'localhost:5000/a/b-c_d.e:1.2-x', `web@sha256:${'a'.repeat(64)}`, 'a__b', 'ABC'])(
  'the name %s stands in a path',
  (name) => {
    expect(decodeURIComponent(inPath(name))).toBe(name)
  },
)

it.each([
  '',
  '..',
  '../x',
  'a/../b',
  'a/./b',
  'a//b',
  '/a',
  'a/',
  './a',
  '.a',
  'a?b',
  'a#b',
  'a b',
  'a%2fb',
  'a\u001bb',
  'a\nb',
])('%j stands in none', (name) => {
  expect(() => inPath(name)).toThrow(expect.objectContaining({ code: 'engine/refused' }))
})
