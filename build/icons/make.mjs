#!/usr/bin/env node
/**
 * `node build/icons/make.mjs [CHROMIUM]`: draws the application's icons from assets/logo.svg.
 * Run it after the logo has changed and commit what it writes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { root } from '../shared.mjs'

const sizes = [16, 32, 48, 64, 128, 256, 512]

const svg = readFileSync(join(root, 'assets/logo.svg'), 'utf8')
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
try {
  for (const size of sizes) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    await page.setContent(
      `<style>html,body{margin:0;background:transparent}svg{display:block;width:100vw;height:100vh}</style>${svg}`,
    )
    await page.screenshot({ path: join(root, `build/icons/${size}x${size}.png`), omitBackground: true })
    await page.close()
  }
} finally {
  await browser.close()
}
