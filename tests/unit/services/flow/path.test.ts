import { describe, expect, it } from 'vitest'
import { maskedPath } from '../../../../electron/services/flow/path'
import { routeOf } from '../../../../electron/services/flow/route'

describe('the path of a request', () => {
  it.each([
    ['/v1.41/info', '/v1.41/info'],
    ['/v1.41/containers/json?all=1&filters=%7B%22name%22%3A%5B%22a%22%5D%7D', undefined],
    ['/containers/x/attach?stderr=1&stdin=1&stdout=1&stream=1', undefined],
    [
      '/build?t=a%3A1&buildargs=%7B%22PASS%22%3A%22x%22%7D&labels=%7B%7D',
      '/build?t=a%3A1&buildargs=*****&labels=*****',
    ],
    ['/build?remote=https%3A%2F%2Fu%3Ap%40git%2Fr', '/build?remote=*****'],
    ['/commit?changes=ENV%20TOKEN%3D1&container=c', '/commit?changes=*****&container=c'],
    ['/images/create?fromSrc=http%3A%2F%2Fu%3Ap%40h%2F&repo=r', '/images/create?fromSrc=*****&repo=r'],
    ['/x?authconfig=abc&unknown=y&empty=&bare', '/x?authconfig=*****&unknown=*****&empty=&bare'],
    [
      '/containers/json?filters=%7B%22label%22%3A%5B%22token%3Dabc%22%5D%7D',
      '/containers/json?filters=*****',
    ],
    ['/x?name=%ZZ', '/x?name=*****'],
  ])('%s holds no secret', (target, masked) => {
    expect(maskedPath(target)).toBe(masked ?? target)
  })

  it('is bounded', () => {
    expect(maskedPath(`/${'x'.repeat(10_000)}`).length).toBeLessThan(2_100)
  })

  it.each([
    ['/v1.41/containers/json?all=1', '/containers/json'],
    ['/containers/json', '/containers/json'],
    ['/containers/json/json', '/containers/{id}/json'],
    ['/v1.50/containers/abc/start', '/containers/{id}/start'],
    ['/v1.50/containers/abc', '/containers/{id}'],
    ['/containers/abc/checkpoints/one', '/containers/{id}/checkpoints/{name}'],
    ['/images/localhost:5000/a/b/push?tag=x', '/images/{name}/push'],
    ['/images/json', '/images/json'],
    ['/images/a/b', '/images/{name}'],
    ['/exec/abc/start', '/exec/{id}/start'],
    ['/volumes/prune', '/volumes/prune'],
    ['/volumes/mine', '/volumes/{name}'],
    ['/networks/n/connect', '/networks/{id}/connect'],
    ['/plugins/a/b:1/json', '/plugins/{name}/json'],
    ['/distribution/a/json', '/distribution/{name}/json'],
    ['/_ping', '/_ping'],
    ['/v1.41/system/df', '/system/df'],
    ['/__proto__/x', '/__proto__/x'],
    ['/v1.41', '/v1.41'],
    ['/', '/'],
  ])('%s is of the route %s', (path, route) => {
    expect(routeOf(path)).toBe(route)
  })
})
