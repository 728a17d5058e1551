import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import globals from 'globals'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

/**
 * What a folder may import is part of the design (docs/architecture.md). Each rule names the
 * patterns a folder must not reach for, and the reason a reader sees when it does.
 */
function keep(files, patterns, more = {}) {
  return {
    files,
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns, ...more }],
    },
  }
}
const no = (group, message, allowTypeImports = false) => ({ group, message, allowTypeImports })

const node = ['node:*', 'fs', 'path', 'os', 'child_process', 'http', 'net']
const electron = { regex: '^electron(/|$)', message: 'Electron is for main and preload only.' }
const noCarriers = no(['**/main/**', '**/server/**', '**/cli/**'], 'Services know no carrier.')
const noRenderer = no(['**/renderer/**'], 'The core never imports the renderer.')

export default ts.config(
  { ignores: ['out/', 'release/', 'node_modules/', 'tests/results/'] },
  js.configs.recommended,
  ts.configs.strict,
  ...vue.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      'no-undef': 'off',
      'no-restricted-globals': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
    },
  },
  {
    // A plain script's console is its output.
    files: ['**/*.{js,mjs,cjs}', 'electron/cli/**', 'tests/bench/**'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' },
  },

  keep(
    ['electron/contract/**/*.ts'],
    [
      no(node, 'The contract is platform-free.'),
      electron,
      no(['**/services/**', '**/rpc/**', '**/main/**', '**/helper/**'], 'The contract imports zod only.'),
    ],
  ),
  keep(
    ['electron/rpc/**/*.ts'],
    [
      no(node, 'The protocol is platform-free.'),
      electron,
      no(
        ['**/services/**', '**/main/**', '**/helper/**', '**/server/**'],
        'The protocol knows the contract only.',
      ),
    ],
  ),
  keep(['electron/services/*.ts'], [electron, noRenderer, noCarriers]),
  keep(
    ['electron/services/*/**/*.ts'],
    [
      electron,
      noRenderer,
      noCarriers,
      {
        regex: '^\\.\\./(?!\\.\\.)[^/]+/(?!index$).+',
        message: 'Another service is used through its index.ts.',
      },
    ],
  ),
  keep(
    ['electron/helper/**/*.ts'],
    [
      electron,
      noRenderer,
      no(
        [
          '**/services/**',
          '**/rpc/**',
          '**/main/**',
          '**/server/**',
          '**/cli/**',
          '!./**',
          '**/contract/contract',
        ],
        'The helper stands alone.',
      ),
      no(['zod', 'dockerode', 'ws', 'jsonc-parser', 'diff', 'fzstd'], 'The helper uses Node built-ins only.'),
    ],
  ),
  keep(['electron/{server,cli}/**/*.ts'], [electron, noRenderer]),
  keep(
    ['electron/preload/**/*.ts'],
    [no(['../**', 'node:*'], 'Preload carries frames and nothing else.', true)],
  ),
  keep(
    ['renderer/src/**/*.{ts,vue}'],
    [
      no(node, 'The renderer has no Node.'),
      electron,
      no(['**/electron/contract/**'], 'The renderer takes types of the contract, never its code.', true),
      no(
        ['**/electron/{services,main,server,cli,helper,preload}/**'],
        'The renderer speaks the contract only.',
      ),
    ],
  ),
  keep(
    ['renderer/src/features/**/*.{ts,vue}'],
    [
      no(node, 'The renderer has no Node.'),
      electron,
      no(['**/electron/contract/**'], 'The renderer takes types of the contract, never its code.', true),
      no(
        ['**/electron/{services,main,server,cli,helper,preload}/**'],
        'The renderer speaks the contract only.',
      ),
      no(
        ['../../features/**', '../[a-z]*/[A-Z]*', '../*/store', '@/features/**'],
        'A feature never imports another feature.',
      ),
    ],
  ),
  keep(
    ['renderer/src/{ui,lib}/**/*.{ts,vue}'],
    [
      no(node, 'The renderer has no Node.'),
      electron,
      no(['**/features/**', '**/remote/**', '**/app/**'], 'ui and lib know no feature.'),
      no(['**/electron/**'], 'ui and lib know no contract.', true),
    ],
  ),
  {
    files: ['electron/**/*.ts', 'renderer/**/*.{ts,vue}'],
    ignores: ['electron/main/ipc-carrier.ts', 'electron/preload/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "ImportSpecifier[imported.name='ipcMain']",
          message: 'ipcMain only in main/ipc-carrier.ts.',
        },
        { selector: "ImportSpecifier[imported.name='ipcRenderer']", message: 'ipcRenderer only in preload.' },
      ],
    },
  },
  {
    files: ['renderer/**/*.{ts,vue}'],
    ignores: ['renderer/src/remote/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'WebSocket', message: 'WebSocket only in renderer/src/remote.' },
      ],
    },
  },
  prettier,
)
