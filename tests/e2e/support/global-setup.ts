import type { FullConfig } from '@playwright/test'
import { startDisplay } from '../../support/display'
import { electronBinary } from './electron-binary'

/** A display for the window, where there is an Electron to need one. Returns the teardown. */
export default async function globalSetup(_config: FullConfig): Promise<(() => Promise<void>) | undefined> {
  return electronBinary() === undefined ? undefined : startDisplay()
}
