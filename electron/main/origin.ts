/** The page's own scheme and origin: never `file://`, whose pages may read one another. */
export const APP_SCHEME = 'app'
export const APP_HOST = 'porthole'
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`
