export { findManager, type ManagerQuestion } from './find'
export { machine } from './machine'
export { systemctl } from './systemctl'
export type { ManagedState, ManagerKind, Note, ServiceManager } from './manager'
