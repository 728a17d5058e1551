import { until } from '@vueuse/core'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, speak } from './app/i18n'
import { usePreferences } from './app/preferences'
import { pageCarrier } from './remote/carriers'
import { useConnection } from './remote/connection'
import { createPageRouter } from './router'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'

/** Longest that the window is not drawn for want of the core, in milliseconds. */
const CORE_MS = 100

const app = createApp(App)
app.use(createPinia())
app.use(i18n)
app.use(createPageRouter())
const connection = useConnection()
connection.start(pageCarrier())
await speak(usePreferences().spoken)
// With the core there, the first thing the window does is to ask for the status, which is then
// answered while the rest of it is drawn; else it would be drawn first.
await until(() => connection.state).not.toBe('connecting', { timeout: CORE_MS })
app.mount('#app')
