/** Faults of keys: names this engine does not know, ignores, or has on its command line. */
export const KEY_TEXTS = {
  'key/unknown': { message: '"{key}" is no option of this engine.', hint: 'Remove the key.' },
  'key/misspelt': { message: '"{key}" is no option of this engine.', hint: 'Did you mean "{suggestion}"?' },
  'key/unknown-inside': {
    message: '"{key}" is no option of this engine.',
    hint: 'The engine looks inside "{object}" for options too.',
  },
  'key/internal': {
    message: '"{key}" is a field of the engine that no file can set; the engine refuses it.',
    hint: 'Remove the key.',
  },
  'key/validate': {
    message: '"validate" makes the engine check its configuration and end.',
    hint: 'Remove the key.',
  },
  'key/removed': {
    message: '"{key}" was removed in Docker {removed}; this engine does not start with it.',
    hint: 'Remove the key.',
  },
  'key/replaced': {
    message: '"{key}" was removed in Docker {removed}; this engine does not start with it.',
    hint: 'Use "{suggestion}".',
  },
  'key/removed-cors': {
    message: '"api-cors-header" was removed in Docker 28.0.',
    hint: 'Use a reverse proxy for CORS headers.',
  },
  'key/removed-oom': {
    message: '"oom-score-adjust" was removed in Docker 25.0.',
    hint: 'Use OOMScoreAdjust= in the systemd unit.',
  },
  'key/too-new': {
    message: '"{key}" is known from Docker {since} on; this engine is {version}.',
    hint: 'Remove the key or update the engine.',
  },
  'key/deprecated': {
    message: '"{key}" is deprecated since Docker {since}; a later engine refuses it.',
    hint: 'Remove the key before the engine is updated.',
  },
  'key/flag-name': {
    message: '"{key}" is the name of a flag; as a key the engine accepts and ignores it.',
    hint: 'Remove the key.',
  },
  'key/flag-of': {
    message: '"{key}" is the name of a flag; as a key the engine accepts and ignores it.',
    hint: 'Did you mean "{suggestion}"?',
  },
  'key/flag-conflict': {
    message:
      '"{key}" is also set on the engine\'s command line ({flag} {value}); with both it does not start.',
    hint: 'Remove it here, or the flag from the command line that starts dockerd.',
  },
  'key/ignored': { message: 'This engine accepts "{key}" and ignores it.', hint: 'Remove the key.' },
  'key/flag-only': {
    message: 'This engine accepts "{key}" and ignores it.',
    hint: 'Only the flag --{key} works.',
  },
  'key/ignored-at-top': {
    message: '"{key}" at top level is accepted and ignored.',
    hint: 'Write it inside "{object}".',
  },
  'key/ignored-inside': {
    message: '"{key}" inside "{object}" is accepted and ignored.',
    hint: 'Write it at top level.',
  },
  'key/ignored-object': {
    message: '"{key}" is no option; the engine accepts the object and ignores it.',
    hint: 'Remove it.',
  },
  'key/misspelt-object': {
    message: '"{key}" is no option; the engine accepts the object and ignores it.',
    hint: 'Did you mean "{suggestion}"?',
  },
  'key/unknown-member': {
    message: '"{member}" is no member of "{key}"; the engine accepts and ignores it.',
    hint: 'It has: {members}.',
  },
  'key/exclusive': { message: '"{key}" and "{other}" may not both be set.', hint: 'Remove one of them.' },
} as const
