import type { Credential } from './credential-names'

/** What stands in a file that holds a secret, as those who issue it have published its form. */
const SIGNS: readonly [Credential, RegExp][] = [
  // RFC 7468 and its forerunners, OpenSSH (PROTOCOL.key), RFC 4880, PuTTY's own.
  ['private-key', /-----BEGIN (?:(?:RSA|DSA|EC|OPENSSH|ENCRYPTED) )?PRIVATE KEY-----/],
  ['private-key', /-----BEGIN PGP PRIVATE KEY BLOCK-----/],
  ['private-key', /---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----/],
  ['private-key', /PuTTY-User-Key-File-[1-9]: /],
  ['private-key', /AGE-SECRET-KEY-1[0-9A-Z]{58}/],
  // IAM identifiers: AKIA long-lived, ASIA for a session.
  ['cloud', /(?<![A-Z0-9])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Z0-9])/],
  ['cloud', /aws_secret_access_key\s{0,8}[=:]\s{0,8}["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/i],
  ['cloud', /(?<![\w-])AIza[\w-]{35}(?![\w-])/],
  ['cloud', /AccountKey=[A-Za-z0-9+/]{86}==/],
  ['token', /(?<![A-Za-z0-9_])gh[pousr]_[A-Za-z0-9]{36}/],
  ['token', /(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/],
  ['token', /(?<![\w-])glpat-[\w-]{20}/],
  ['token', /(?<![\w-])xox[abposr]-\d{6,}-[\w-]{10,}/],
  ['token', /(?<![\w-])npm_[A-Za-z0-9]{36}/],
  ['token', /_authToken\s{0,8}=\s{0,8}["']?[^\s$"'{}]{8}/],
  ['token', /pypi-AgEIcHlwaS5vcmc[\w-]{50}/],
  ['token', /(?<![\w-])dckr_pat_[\w-]{27}/],
  ['token', /(?<![\w-])[sr]k_live_[A-Za-z0-9]{24}/],
  ['token', /(?<![\w-])SG\.[\w-]{22}\.[\w-]{43}/],
  ['token', /(?<![\w-])hvs\.[\w-]{24}/],
  // config.json of the docker command line: base64 of name and password.
  ['token', /"auth"\s{0,8}:\s{0,8}"[A-Za-z0-9+/]{8,}={0,2}"/],
  // netrc(5), crypt(5) in shadow(5), and htpasswd.
  ['password', /(?:^|\n)\s{0,8}machine\s+\S+\s+login\s+\S+\s+password\s+\S/],
  ['password', /(?:^|\n)[^:\s]{1,64}:!?\$(?:1|2[abxy]?|5|6|7|y|gy|apr1)\$[^:\s]{8}/],
]

/** First bytes of files of keys: Java's, KeePass's. */
const MAGIC: readonly string[] = ['feedfeed', 'cececece', '03d9a29a67fb4bb5', '03d9a29a65fb4bb5']

/** What a piece of a file holds, by signs that are hard to mistake; undefined where none stands in it. */
export function credentialBySigns(bytes: Buffer): Credential | undefined {
  const first = bytes.toString('hex', 0, 8)
  if (MAGIC.some((magic) => first.startsWith(magic))) return 'keystore'
  // One character a byte: signs are ASCII, and what else stands there must not move them.
  const text = bytes.toString('latin1')
  return SIGNS.find(([, sign]) => sign.test(text))?.[0]
}

/** The whole of a file called like a key is a certificate or a public key. */
export function isPublicKey(bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  return (
    /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE|-----BEGIN (?:\w{1,16} )?PUBLIC KEY|-----BEGIN DH PARAMETERS/.test(
      text,
    ) && !text.includes('PRIVATE KEY')
  )
}
