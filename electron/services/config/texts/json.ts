/** Faults of the text as JSON. */
export const JSON_TEXTS = {
  'json/bom': {
    message: 'The file begins with a byte order mark, an invisible character that this engine refuses.',
    hint: 'Save the file as UTF-8 without BOM.',
  },
  'json/bom-accepted': {
    message: 'The file begins with a byte order mark, which other readers of JSON refuse.',
    hint: 'Save the file as UTF-8 without BOM.',
  },
  'json/invisible': {
    message: 'Here stands {term:character} ({character}), which JSON does not allow.',
    hint: 'It often comes from text copied off a web page; delete it and type it anew.',
  },
  'json/lone-surrogate': { message: 'Half of a character cannot be saved as UTF-8.' },
  'json/empty': {
    message: 'The file is empty, and this engine does not start with an empty file.',
    hint: 'Write a pair of braces to set nothing.',
  },
  'json/too-deep': { message: 'The file nests more than {most} levels.' },
  'json/comment': {
    message: 'Comments are not allowed in daemon.json.',
    hint: 'Remove the comment.',
  },
  'json/truncated': {
    message: 'The text ends before it is complete.',
    hint: 'A closing brace, bracket or quotation mark is missing.',
  },
  'json/trailing-comma': {
    message: 'There is a comma before the closing bracket.',
    hint: 'Remove the comma after the last entry.',
  },
  'json/trailing': {
    message: 'Something follows the closing brace of the object.',
    hint: 'Only one object may stand in the file.',
  },
  'json/trailing-ignored': {
    message: 'This engine ignores what follows the first object; newer ones refuse it.',
    hint: 'Remove it, or move its keys into the first object.',
  },
  'json/single-quote': { message: 'JSON wants double quotation marks (").' },
  'json/no-comma': { message: 'A comma is missing before this.' },
  'json/no-colon': { message: 'A colon is missing after the key.' },
  'json/no-key': { message: 'A key in double quotation marks is expected here.' },
  'json/no-value': { message: 'A value is expected here.' },
  'json/control-character': {
    message: 'A text may not hold a line break or a tab as it is.',
    hint: 'Write \\n or \\t, or close the quotation mark.',
  },
  'json/open-string': { message: 'The text is not closed by a double quotation mark.' },
  'json/escape': { message: 'What follows the backslash is no escape of JSON.' },
  'json/number': { message: 'This is not a number of JSON.' },
  'json/syntax': { message: 'This is not JSON.' },
  'json/not-an-object': {
    message: 'The file holds {term:found}; it must be one object in braces.',
  },
  'json/duplicate-key': {
    message: '"{key}" stands here twice; the engine takes the last one and says nothing.',
    hint: 'Remove the one on line {firstLine} or this one.',
  },
} as const
