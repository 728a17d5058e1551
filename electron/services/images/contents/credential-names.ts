import type { OutputOf } from '../../../contract/contract'

export type Credential = NonNullable<OutputOf<'image.file'>['credential']>

interface Rule {
  credential: Credential
  /** What the path of its folder ends with, for names that are common elsewhere. */
  within?: RegExp
  /** The name says it may be one; packages and certificates bring files of such names too. */
  unsure?: true
}

const NAMES: Readonly<Record<string, Rule>> = {
  id_rsa: { credential: 'private-key' },
  id_dsa: { credential: 'private-key' },
  id_ecdsa: { credential: 'private-key' },
  id_ecdsa_sk: { credential: 'private-key' },
  id_ed25519: { credential: 'private-key' },
  id_ed25519_sk: { credential: 'private-key' },
  identity: { credential: 'private-key', within: /\/\.ssh$/ },
  ssh_host_rsa_key: { credential: 'private-key' },
  ssh_host_dsa_key: { credential: 'private-key' },
  ssh_host_ecdsa_key: { credential: 'private-key' },
  ssh_host_ed25519_key: { credential: 'private-key' },
  'secring.gpg': { credential: 'private-key' },
  'krb5.keytab': { credential: 'keystore' },
  '.netrc': { credential: 'password' },
  _netrc: { credential: 'password' },
  '.pgpass': { credential: 'password' },
  '.my.cnf': { credential: 'password' },
  '.mylogin.cnf': { credential: 'password' },
  '.htpasswd': { credential: 'password' },
  '.smbcredentials': { credential: 'password' },
  '.git-credentials': { credential: 'token' },
  '.npmrc': { credential: 'token', unsure: true },
  '.pypirc': { credential: 'token' },
  '.dockercfg': { credential: 'token' },
  '.dockerconfigjson': { credential: 'token' },
  'config.json': { credential: 'token', within: /\/\.docker$/ },
  'auth.json': { credential: 'token', within: /\/(?:\.?composer|containers)$/ },
  'hosts.yml': { credential: 'token', within: /\/\.config\/(?:gh|hub)$/ },
  '.vault-token': { credential: 'token' },
  'credentials.tfrc.json': { credential: 'token' },
  'settings.xml': { credential: 'token', within: /\/\.m2$/ },
  credentials: { credential: 'cloud', within: /\/\.aws$/ },
  'credentials.toml': { credential: 'token', within: /\/\.?cargo$/ },
  'kubeconfig.yaml': { credential: 'cloud' },
  'kubeconfig.yml': { credential: 'cloud' },
  kubeconfig: { credential: 'cloud' },
  config: { credential: 'cloud', within: /\/\.(?:kube|oci)$/ },
  'admin.conf': { credential: 'cloud', within: /\/kubernetes$/ },
  'accesstokens.json': { credential: 'cloud', within: /\/\.azure$/ },
  'msal_token_cache.json': { credential: 'cloud', within: /\/\.azure$/ },
  'application_default_credentials.json': { credential: 'cloud' },
  'credentials.db': { credential: 'cloud', within: /\/gcloud$/ },
  'access_tokens.db': { credential: 'cloud', within: /\/gcloud$/ },
  'rclone.conf': { credential: 'cloud' },
  'terraform.tfstate': { credential: 'cloud' },
  '.boto': { credential: 'cloud' },
  '.s3cfg': { credential: 'cloud' },
  '.passwd-s3fs': { credential: 'cloud' },
  '.env': { credential: 'environment' },
  '.envrc': { credential: 'environment' },
  '.bash_history': { credential: 'history' },
  '.zsh_history': { credential: 'history' },
  '.ash_history': { credential: 'history' },
  '.sh_history': { credential: 'history' },
  '.python_history': { credential: 'history' },
  '.node_repl_history': { credential: 'history' },
  '.psql_history': { credential: 'history' },
  '.mysql_history': { credential: 'history' },
  '.mariadb_history': { credential: 'history' },
  '.rediscli_history': { credential: 'history' },
  '.sqlite_history': { credential: 'history' },
}

const ENDINGS: Readonly<Record<string, Rule>> = {
  pem: { credential: 'private-key', unsure: true },
  key: { credential: 'private-key', unsure: true },
  pk8: { credential: 'private-key', unsure: true },
  ppk: { credential: 'private-key' },
  p12: { credential: 'keystore', unsure: true },
  pfx: { credential: 'keystore', unsure: true },
  jks: { credential: 'keystore', unsure: true },
  keystore: { credential: 'keystore', unsure: true },
  kdb: { credential: 'keystore', unsure: true },
  kdbx: { credential: 'keystore' },
  keytab: { credential: 'keystore' },
  tfstate: { credential: 'cloud' },
  env: { credential: 'environment', unsure: true },
}

/** `.env.production` and the like; those that are made to be shown hold no secrets. */
const ENVIRONMENT_FILE = /^\.env\.(?!(?:example|sample|template|tmpl|dist|defaults?|schema)(?:\.|$))/
const SHOWN_ENVIRONMENT = /(?:example|sample|template|dist)/
/** GnuPG keeps each private key in a file of this folder. */
const PRIVATE_KEYS = /\/private-keys-v1\.d$/
const PUBLIC_KEY =
  /(?:^|[-_.])pub(?:lic)?(?:[-_.]?key)?(?:[-_.]|$)|^(?:root|trusted-key)\.key$|dhparams?|^dh\d*\.|\.asc$/
/** Names of certificates and of stores of them; one that says key as well is taken for a key. */
const CERTIFICATE = /cert|chain|crt|^ca[-_.]|[-_.]ca\.|truststore|bundle/
/** Folders of certificates that all may read, and of packages whose files everybody has. */
const PUBLIC_FOLDER =
  /^\/(?:usr\/(?:lib|lib64|libexec|share|include|src)|etc\/(?:ssl\/certs|pki\/(?:ca-trust|tls\/certs|java|nssdb)|ca-certificates|apt)|lib)(?:\/|$)|\/(?:node_modules|site-packages|dist-packages|vendor|gems|testdata|go\/pkg\/mod|ca-certificates|jre\/lib|jdk\/lib|lib\/security|lib\/python\d[.\d]*)(?:\/|$)/

/** What a name may be, whatever folder it lies in: a cheap look, as an image has many names. */
export function mayBeCredential(name: string): boolean {
  return ruleOf(name.toLowerCase()) !== undefined || /^[0-9A-F]{40}\.key$/.test(name)
}

/**
 * What a file looks as if it held, by its name and the folder (from `/`) it lies in. Certificates, public
 * keys, and the files that packages bring to everybody are left out. `/etc/shadow` too: every image has
 * one, and only its content tells whether a password stands in it.
 */
export function credentialByName(name: string, folder: string): Credential | undefined {
  const lower = name.toLowerCase()
  if (PRIVATE_KEYS.test(folder) && lower.endsWith('.key')) return 'private-key'
  const rule = ruleOf(lower)
  if (rule === undefined || rule.within?.test(folder) === false) return undefined
  if (rule.unsure === true && (PUBLIC_FOLDER.test(`${folder}/`) || isPublicName(lower, rule)))
    return undefined
  return rule.credential
}

function isPublicName(name: string, { credential }: Rule): boolean {
  if (credential === 'environment') return SHOWN_ENVIRONMENT.test(name)
  if (PUBLIC_KEY.test(name)) return true
  return !name.endsWith('.key') && CERTIFICATE.test(name) && !/key.*\./.test(name)
}

function ruleOf(name: string): Rule | undefined {
  if (Object.hasOwn(NAMES, name)) return NAMES[name]
  if (ENVIRONMENT_FILE.test(name)) return NAMES['.env']
  const ending = name.slice(name.lastIndexOf('.') + 1)
  return name.includes('.') && Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
}
