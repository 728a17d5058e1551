import { defineConfig } from '@playwright/test'
import type { AppOptions } from './e2e/support/app'

/**
 * Pages whose stories ask for nothing that is a carrier's own: one carrier shows them. What a
 * carrier must bring (streams, admin's right, a daemon that is gone, saving) is told over both.
 */
const PAGES = [
  'broken-file.spec.ts',
  'configuration-form.spec.ts',
  'files.spec.ts',
  'images.spec.ts',
  'runtime.spec.ts',
  'storage.spec.ts',
]

/**
 * The same stories over both carriers: `browser` is `porthole serve` with the system's Chromium,
 * `electron` the window itself. `screenshots` makes the README's pictures and asserts nothing.
 */
export default defineConfig<AppOptions>({
  testDir: './e2e',
  outputDir: './results/e2e',
  globalSetup: './e2e/support/global-setup.ts',
  // Each test has a daemon of its own, and two cores carry two at a time.
  workers: 2,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    locale: 'en-US',
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['PORTHOLE_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--disable-quic',
      ],
      // Chromium aborts when a bus it has joined goes away.
      env: {
        ...process.env,
        DBUS_SYSTEM_BUS_ADDRESS: 'disabled:',
        DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      } as Record<string, string>,
    },
  },
  projects: [
    {
      name: 'browser',
      testMatch: '*.spec.ts',
      testIgnore: ['screenshots.spec.ts', ...PAGES],
      use: { carrier: 'browser' },
    },
    {
      name: 'electron',
      testMatch: '*.spec.ts',
      testIgnore: ['screenshots.spec.ts', 'serve.spec.ts'],
      use: { carrier: 'electron' },
    },
    { name: 'screenshots', testMatch: 'screenshots.spec.ts', use: { carrier: 'browser' } },
  ],
})
