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

const app = createApp(App)
app.use(createPinia())
app.use(i18n)
app.use(createPageRouter())
useConnection().start(pageCarrier())
await speak(usePreferences().spoken)
app.mount('#app')
