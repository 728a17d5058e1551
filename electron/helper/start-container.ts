import { request } from 'node:http'

/** Milliseconds a container may take to start. */
const START_MS = 60_000

/** Starts a container, or leaves it when it runs; why not, in words, when it does not start. */
export function startContainer(socketPath: string, id: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const path = `/containers/${encodeURIComponent(id)}/start`
    const req = request({ socketPath, path, method: 'POST', timeout: START_MS }, (res) => {
      const { statusCode = 0 } = res
      res.resume()
      res.on('end', () =>
        resolve(
          statusCode < 400
            ? undefined
            : statusCode === 404
              ? 'it was removed'
              : `the engine says ${statusCode}`,
        ),
      )
    })
    req.on('timeout', () => req.destroy(new Error('the engine does not answer')))
    req.on('error', (error) => resolve(error.message))
    req.end()
  })
}
