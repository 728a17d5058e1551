import { contextBridge, ipcRenderer } from 'electron'

// The page gets four functions and no Electron object: frames out, frames in, the end, and the system's
// file dialog, which tells a path and opens nothing.
contextBridge.exposeInMainWorld('porthole', {
  send: (frame: unknown) => ipcRenderer.send('rpc', frame),
  onFrame: (listener: (frame: unknown) => void) => {
    const on = (_event: unknown, frame: unknown) => listener(frame)
    ipcRenderer.on('rpc', on)
    return () => ipcRenderer.off('rpc', on)
  },
  onClose: (listener: () => void) => {
    const on = () => listener()
    ipcRenderer.once('rpc-close', on)
    return () => ipcRenderer.off('rpc-close', on)
  },
  chooseFile: (purpose: unknown) => ipcRenderer.invoke('choose-file', purpose),
})
