import { expect, test } from 'vitest'
import { Login } from '../../../electron/server/login'

const session = (login: Login) => {
  const result = login.redeem(login.token)
  if (!result.ok) throw new Error(result.why)
  return result.session
}

test('a token works once and makes the next', () => {
  const login = new Login()
  const token = login.token
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  expect(login.redeem(token)).toMatchObject({ ok: true })
  expect(login.redeem(token)).toEqual({ ok: false, why: 'wrong' })
  expect(login.token).not.toBe(token)
  expect(login.redeem(login.token)).toMatchObject({ ok: true })
})

test('only what was handed out is a session', () => {
  const login = new Login()
  const one = session(login)
  expect(login.knows(one)).toBe(true)
  expect(login.knows(login.token)).toBe(false)
  expect(login.knows(`${one}x`)).toBe(false)
  expect(login.knows(undefined)).toBe(false)
})

test('sessions are bounded, and the quietest makes room', () => {
  const login = new Login()
  const first = session(login)
  const second = session(login)
  for (let i = 0; i < 62; i += 1) session(login)
  expect(login.knows(first)).toBe(true)
  session(login)
  expect(login.knows(first)).toBe(true)
  expect(login.knows(second)).toBe(false)
})

test('after many wrong tokens nobody is heard for a minute', () => {
  let now = 0
  const login = new Login(() => now)
  for (let i = 0; i < 20; i += 1) expect(login.redeem('wrong')).toMatchObject({ why: 'wrong' })
  now = 15_000
  expect(login.redeem(login.token)).toEqual({ ok: false, why: 'too-many', retryAfterSeconds: 45 })
  now = 60_000
  expect(login.redeem(login.token)).toMatchObject({ ok: true })
})
