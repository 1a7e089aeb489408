/**
 * The text of a line without what terminals, mails, forums, editors and web pages do to its characters: colours,
 * quoted-printable, JSON strings, markdown escapes, HTML, and the dashes and quotes of typography.
 */

/** Longer lines are cut: no grammar here needs more, and it bounds the work of every expression. */
export const MOST_COLUMNS = 4096;

const ENTITIES: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  ndash: '-',
  mdash: '-',
  minus: '-',
  hyphen: '-',
  shy: '',
  hellip: '...',
  ldquo: '"',
  rdquo: '"',
  lsquo: "'",
  rsquo: "'",
  times: 'x',
  lbrack: '[',
  lsqb: '[',
  rsqb: ']',
  lpar: '(',
  rpar: ')',
  colon: ':',
  comma: ',',
  equals: '=',
  lowbar: '_',
  num: '#',
  sol: '/',
  period: '.',
  plus: '+',
};
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi;
/** Tags of a web page; a log level such as `<6>` is none. */
const TAG = /<\/?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,1000})?\/?>|<!--[^<>]{0,1000}-->/gi;

/** What typography puts in the place of what a program printed; codes below 100 are those of Windows-1252. */
const TYPOGRAPHY: readonly (readonly [RegExp, string])[] = [
  // UTF-8 that was read as Windows-1252 and written as UTF-8 again: a dash, the blank that does not break.
  [/\u00e2(?:\u20ac[\u201c\u201d]|\u0080[\u0090-\u0095])/g, '-'],
  [/\u00c2(?=[\s\u00a0]|$)/g, ''],
  // Within a number it may as well be a damaged byte of Windows-1252: a digit that is lost.
  [/(?<![0-9a-f])\u00ad|\u00ad(?![0-9a-f])/gi, ''],
  [/[\u200b-\u200d\u2060\ufeff]/g, ''],
  [/[\u0096\u0097\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, '-'],
  [/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' '],
  [/[\u0093\u0094\u201c-\u201f\u2033\uff02]/g, '"'],
  [/[\u0091\u0092\u2018-\u201b\u2032\uff07]/g, "'"],
  [/\u00d7/g, 'x'],
  [/[\u0085\u2026]/g, '...'],
  [/\u21d2/g, '=>'],
  [/\u2192/g, '->'],
];

/** Whether every `=` of a line starts a quoted-printable escape, and one of them is an escaped `=` or a blank. */
function isQuotedPrintable(text: string): boolean {
  return /=3D|=(?:20|09|0A)$/.test(text) && !/=(?![0-9A-F]{2})/.test(text);
}

function decodedQuotedPrintable(text: string): string {
  return text.replace(/=([0-9A-F]{2})/g, (_, pair: string) =>
    String.fromCharCode(Number.parseInt(pair, 16)).replace(/[^ -~]/, ' '),
  );
}

/** The member that holds the text: of the journal, of Docker's files, of collectors of logs. */
const MESSAGE = /"(?:MESSAGE|log|message|msg)"\s?:\s?("(?:[^"\\]|\\.){0,4000}")/;

/** The kernel message in a record of a log, or in a line of a JSON list of strings. */
function unwrappedJson(text: string): string {
  if (text.startsWith('{')) {
    const message = MESSAGE.exec(text)?.[1];
    return message === undefined ? text : jsonString(message);
  }
  const item = /^("(?:[^"\\]|\\.){0,4000}"),?$/.exec(text)?.[1];
  return item === undefined ? text : jsonString(item);
}

function jsonString(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

function decodedEntities(text: string): string {
  return text.replace(ENTITY, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** A character that no terminal shows, in the place of a digit: the number is not the one of the digits that are left. */
const LOST_DIGIT = /(?<=[0-9a-f])[\x01-\x08\x0e-\x1f\x7f]+(?=[0-9a-f]|\s{0,4}$)/gi;

function withoutControls(text: string): string {
  return text
    .replace(/\x1b\[[0-9;]{0,12}[A-Za-z]/g, '')
    .replace(LOST_DIGIT, '\ufffd')
    .replace(/[\x00-\x1f\x7f]/g, ' ');
}

/** The beginning of a line that is too long; of a word that is cut there nobody takes the beginning for the whole. */
function shortened(raw: string): string {
  const isCut = /\S\S/.test(raw.slice(MOST_COLUMNS - 1, MOST_COLUMNS + 1));
  return isCut ? `${raw.slice(0, MOST_COLUMNS - 1)}\ufffd` : raw.slice(0, MOST_COLUMNS);
}

function withPlainCharacters(text: string): string {
  let plain = text;
  for (const [pattern, character] of TYPOGRAPHY) plain = plain.replace(pattern, character);
  return plain;
}

/**
 * The characters that a program printed, as far as they can be told.
 *
 * @param raw - one line; longer ones lose their tail
 */
export function plainText(raw: string): string {
  let text = raw.length > MOST_COLUMNS ? shortened(raw) : raw;
  if (/[\x00-\x1f\x7f]/.test(text)) text = withoutControls(text);
  if (text.includes('=') && isQuotedPrintable(text.trimEnd())) text = decodedQuotedPrintable(text.trimEnd());
  const first = text.trimStart().charAt(0);
  if (first === '"' || first === '{') text = unwrappedJson(text.trim());
  if (text.includes('\\')) text = text.replace(/\\([[\]_*<>()#|`~-])/g, '$1');
  if (text.includes('<')) text = text.replace(TAG, '');
  if (text.includes('&')) text = decodedEntities(text);
  return /[^\x00-\x7f]/.test(text) ? withPlainCharacters(text) : text;
}

/** Where a web page ends a line. */
const BREAK = /<br\s{0,4}\/?>|(?:<\/(?:p|div|li|tr|pre|h[1-6])\s{0,4}>\s{0,40}){1,16}/gi;

/**
 * The lines that a web page shows for one line of its source: nearly always one.
 *
 * @param raw - a line of a text of any kind
 */
export function shownLines(raw: string): readonly string[] {
  if (!raw.includes('<')) return [raw];
  const lines = raw.split(BREAK);
  // A break at the end of the line shows no further one.
  if (lines.at(-1)!.trim() === '') lines.pop();
  return lines;
}
