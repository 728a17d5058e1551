export default {
  common: {
    close: 'Close',
    cancel: 'Cancel',
    clear: 'Clear',
    retry: 'Try again',
    loading: 'Loading…',
    copied: 'Copied',
    copyValue: 'Copy {key}',
    stale: 'Last known, link lost',
  },
  live: {
    pause: 'Pause',
    resume: 'Resume, {n} new | Resume, {n} new',
    export: 'Export',
    latest: 'Jump to latest',
    latestCount: 'Jump to latest, {n} new | Jump to latest, {n} new',
    noMatch: 'Nothing matches',
    noMatchText: '{n} are here; the filter hides all of them.',
    showAll: 'Show all',
    gap: 'The link was down here. The daemon remembers 256 events, so some may be missing.',
    dropped:
      '{n} skipped here: they came faster than this window could read. | {n} skipped here: they came faster than this window could read.',
  },
}
