import { describe, expect, it } from 'vitest'
import {
  credentialByName,
  credentialBySigns,
  isPublicKey,
  kindOf,
  mayBeCredential,
} from '../../../../electron/services/images/contents'

const byPath = (path: string) => {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  const found = credentialByName(name, path.slice(0, slash) || '/')
  // The cheap look may say yes too often and never no too often.
  if (found !== undefined) expect(mayBeCredential(name)).toBe(true)
  return found
}

describe('a file’s name', () => {
  it.each([
    ['/root/.ssh/id_rsa', 'private-key'],
    ['/home/a/.ssh/id_ed25519', 'private-key'],
    ['/etc/ssh/ssh_host_rsa_key', 'private-key'],
    ['/etc/ssl/private/server.key', 'private-key'],
    ['/etc/letsencrypt/live/x/privkey.pem', 'private-key'],
    ['/app/certs/tls-cert.key', 'private-key'],
    ['/app/cert-key.pem', 'private-key'],
    ['/root/.gnupg/private-keys-v1.d/0123.key', 'private-key'],
    ['/app/keystore.jks', 'keystore'],
    ['/app/client.p12', 'keystore'],
    ['/data/Passwords.kdbx', 'keystore'],
    ['/root/.netrc', 'password'],
    ['/root/.pgpass', 'password'],
    ['/etc/nginx/.htpasswd', 'password'],
    ['/root/.npmrc', 'token'],
    ['/root/.pypirc', 'token'],
    ['/root/.git-credentials', 'token'],
    ['/root/.docker/config.json', 'token'],
    ['/kaniko/.docker/config.json', 'token'],
    ['/root/.aws/credentials', 'cloud'],
    ['/root/.kube/config', 'cloud'],
    ['/etc/kubernetes/admin.conf', 'cloud'],
    ['/infra/prod.tfstate', 'cloud'],
    ['/app/.env', 'environment'],
    ['/app/.env.production', 'environment'],
    ['/app/prod.env', 'environment'],
    ['/root/.bash_history', 'history'],
  ])('like %s says %s', (path, credential) => {
    expect(byPath(path)).toBe(credential)
  })

  it.each([
    '/etc/ssl/certs/ISRG_Root_X1.pem',
    '/etc/ssl/cert.pem',
    '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    '/etc/pki/ca-trust/extracted/java/cacerts',
    '/usr/local/share/ca-certificates/own.pem',
    '/usr/lib/python3/dist-packages/certifi/cacert.pem',
    '/usr/local/lib/python3.12/test/certdata/keycert.pem',
    '/usr/share/dns/root.key',
    '/var/lib/unbound/root.key',
    '/app/public.pem',
    '/app/id.pub.pem',
    '/app/fullchain.pem',
    '/app/ca.pem',
    '/app/dhparam.pem',
    '/root/.ssh/id_rsa.pub',
    '/etc/apk/keys/alpine-devel.rsa.pub',
    '/etc/ssh/ssh_host_rsa_key.pub',
    '/app/node_modules/public-encrypt/test/1024.pem',
    '/usr/local/lib/node_modules/npm/.npmrc',
    '/usr/local/go/src/crypto/tls/testdata/example-key.pem',
    '/app/truststore.jks',
    '/app/.env.example',
    '/app/.env.sample',
    '/app/config.json',
    '/srv/credentials',
    '/etc/shadow',
    '/usr/bin/env',
    '/etc/config',
    '/toString',
    '/app/x.constructor',
  ])('like %s says nothing', (path) => {
    expect(byPath(path)).toBeUndefined()
  })
})

describe('what stands in a file', () => {
  it.each([
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3', 'private-key'],
    ['x\n-----BEGIN PRIVATE KEY-----\n', 'private-key'],
    ['-----BEGIN RSA PRIVATE KEY-----', 'private-key'],
    ['-----BEGIN PGP PRIVATE KEY BLOCK-----', 'private-key'],
    ['PuTTY-User-Key-File-3: ssh-ed25519', 'private-key'],
    [`aws_access_key_id = AKIA${'A2'.repeat(8)}\n`, 'cloud'],
    [`aws_secret_access_key=${'a/'.repeat(20)}\n`, 'cloud'],
    [`token=ghp_${'a'.repeat(36)}`, 'token'],
    [`//registry/:_authToken=${'x'.repeat(20)}`, 'token'],
    ['{"auths":{"x":{"auth":"dXNlcjpwYXNzd29yZA=="}}}', 'token'],
    ['machine example login me password 12345', 'password'],
    ['root:$6$abcdefgh$0123456789:19000:0:99999:7:::', 'password'],
    ['bin:*:1:\nuser:$apr1$abcdefgh$x', 'password'],
  ])('like %j is a credential', (text, credential) => {
    expect(credentialBySigns(Buffer.from(text))).toBe(credential)
  })

  it.each([
    '-----BEGIN CERTIFICATE-----',
    '-----BEGIN PUBLIC KEY-----',
    'root:*:19000:0:99999:7:::\ndaemon:!:1::::::',
    'root:x:0:0:root:/root:/bin/sh',
    `MAKIA${'A'.repeat(20)}`,
    '//registry/:_authToken=${NPM_TOKEN}',
    '{"auth": ""}',
    'machine learning needs a login and a password',
    '',
  ])('like %j is none', (text) => {
    expect(credentialBySigns(Buffer.from(text))).toBeUndefined()
  })

  it('may be a store of keys, told by its first bytes', () => {
    expect(credentialBySigns(Buffer.from('feedfeed00000002', 'hex'))).toBe('keystore')
    expect(credentialBySigns(Buffer.from('03d9a29a67fb4bb5', 'hex'))).toBe('keystore')
  })

  it('takes back what a name said of a certificate', () => {
    expect(isPublicKey(Buffer.from('-----BEGIN CERTIFICATE-----'))).toBe(true)
    expect(isPublicKey(Buffer.from('-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----'))).toBe(false)
  })
})

describe('a file’s first bytes', () => {
  it.each([
    ['x', '', { kind: 'empty' }],
    ['x', 'text\twith a tab\n', { kind: 'text' }],
    ['x', 'Grüße\n', { kind: 'text' }],
    ['a.json', '{"a": 1}', { kind: 'json' }],
    ['x', '[1, 2]', { kind: 'json' }],
    ['a.json', '{"a": ', { kind: 'text' }],
    ['x', 'a\0b', { kind: 'binary' }],
    ['x', '\x7fELF', { kind: 'binary' }],
    ['x.svg', '<svg onload="x"/>', { kind: 'text' }],
    ['x', 'GIF89a....', { kind: 'image', mediaType: 'image/gif' }],
    ['x.png', 'no picture', { kind: 'text' }],
  ])('of %s, %j, say what it is', (name, text, kind) => {
    expect(kindOf(name, Buffer.from(text), false)).toEqual(kind)
  })

  it.each([
    ['89504e470d0a1a0a', 'image/png'],
    ['ffd8ffe0', 'image/jpeg'],
    ['52494646000000005745425056503820', 'image/webp'],
    ['424d0000000000000000000000002800000000', 'image/bmp'],
    ['000001000100', 'image/x-icon'],
  ])('%s are those of %s', (hex, mediaType) => {
    expect(kindOf('x', Buffer.from(hex, 'hex'), true)).toEqual({ kind: 'image', mediaType })
  })

  it('may end in the middle of a character or of JSON', () => {
    expect(kindOf('x', Buffer.from('Grü').subarray(0, 3), true)).toEqual({ kind: 'text' })
    expect(kindOf('x', Buffer.from('Grü').subarray(0, 3), false)).toEqual({ kind: 'binary' })
    expect(kindOf('a.json', Buffer.from('{"a": '), true)).toEqual({ kind: 'json' })
  })
})
