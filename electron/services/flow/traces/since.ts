/** dockerd tells of its own work since this major version. */
export const TRACES_SINCE = 25
