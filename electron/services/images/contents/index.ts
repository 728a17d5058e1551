export { credentialByName, mayBeCredential, type Credential } from './credential-names'
export { credentialBySigns, isPublicKey } from './credential-signs'
export { kindOf } from './kind'
