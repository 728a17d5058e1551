import { list, record } from '../storage/image-config'
import { openServedRoot } from './served-root'

export interface EmptyStepsRequest {
  pid: number
  /** Graph driver. */
  driver: string
  /** Image id: `sha256:` and 64 hexadecimal digits. */
  image: string
}

/**
 * For each instruction of an image's history, the oldest first, whether it made no layer: the API does
 * not tell it, the image's config does (`empty_layer`). Nothing else of the config is told: it may hold
 * secrets. None where the image is not there.
 */
export function readEmptySteps({ pid, driver, image }: EmptyStepsRequest): boolean[] {
  const root = openServedRoot(pid)
  try {
    const hex = image.slice('sha256:'.length)
    const { history } = record(root.json('image', driver, 'imagedb', 'content', 'sha256', hex))
    return list(history).map((step) => record(step)['empty_layer'] === true)
  } finally {
    root.close()
  }
}
