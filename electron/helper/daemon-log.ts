import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** What dockerd writes from now on, where its standard error is a file this user may read. */
export class DaemonLog {
  private constructor(
    private readonly fd: number,
    private readonly from: number,
  ) {}

  /** Undefined for a journal, or another user's process: then the engine's answers alone tell. */
  static open(daemon: { pid: number }): DaemonLog | undefined {
    return DaemonLog.ofFile(`/proc/${daemon.pid}/fd/2`)
  }

  /** The same of a file dockerd is known to write to. */
  static ofFile(path: string): DaemonLog | undefined {
    try {
      if (!statSync(path).isFile()) return undefined
      const fd = openSync(path, 'r')
      const stat = fstatSync(fd)
      if (stat.isFile()) return new DaemonLog(fd, stat.size)
      closeSync(fd)
    } catch {
      // Gone, or not ours to read.
    }
    return undefined
  }

  /** Messages of level error and fatal, at most the last five. */
  errors(): string[] {
    const buffer = Buffer.alloc(256 * 1024)
    const text = buffer.toString('utf8', 0, readSync(this.fd, buffer, 0, buffer.length, this.from))
    return errorsIn(text)
  }

  close(): void {
    closeSync(this.fd)
  }
}

/**
 * What dockerd wrote of level error and graver, at most the last five. The sentence it ends with
 * when it does not start has no level: it comes from its command line, not from its log.
 */
export function errorsIn(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /\blevel"?[=:]"?(error|fatal|panic)\b/.test(line) || isLastSentence(line))
    .map(messageOf)
    .slice(-5)
}

/** Neither a line of the log nor of a stack. */
function isLastSentence(line: string): boolean {
  return /^(Error |[Ff]ailed |[Uu]nable |panic: |[a-z][\w /.-]*: )/.test(line) && !/\blevel"?[=:]/.test(line)
}

/** The message and error fields of a line in logrus' text or JSON form. */
function messageOf(line: string): string {
  const field = (name: string): string | undefined => {
    const match = new RegExp(`\\b${name}"?[=:]("(?:[^"\\\\]|\\\\.)*"|\\S+)`).exec(line)
    try {
      return match?.[1]?.startsWith('"') === true ? String(JSON.parse(match[1])) : match?.[1]
    } catch {
      return match?.[1]
    }
  }
  const parts = [field('msg'), field('error')].filter((part) => part !== undefined)
  return (parts.length > 0 ? parts.join(': ') : line).slice(0, 1_000)
}
