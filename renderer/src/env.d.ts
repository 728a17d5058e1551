/// <reference types="vite/client" />

// For plain tsc, which cannot read components; vue-tsc takes the real types.
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}
