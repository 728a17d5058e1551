/** The system's file dialog, where the page is in the desktop window; a browser has none with paths. */
export function fileDialog(): ((purpose: 'open' | 'save') => Promise<string | undefined>) | undefined {
  const bridge = window.porthole
  return bridge && ((purpose) => bridge.chooseFile(purpose))
}
