/** From here on, as a share of all bytes, little would be gained by other instructions. */
const GOOD = 0.95
/** Below, a good part of the image is there for nothing; `check-image` and dive warn from here. */
const FAIR = 0.9

/** How an image's efficiency, from 0 to 1, is told. */
export function judge(efficiency: number): 'ok' | 'warn' | 'bad' {
  return efficiency >= GOOD ? 'ok' : efficiency >= FAIR ? 'warn' : 'bad'
}
