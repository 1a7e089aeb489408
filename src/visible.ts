/**
 * Text from elsewhere, as it may be shown: what a terminal obeys, what turns the order of letters around and what nobody
 * sees becomes an escape that can be read, `\u001b`. The escapes are those of JSON, so that within its strings, and those
 * of YAML in double quotes, they mean the very same text.
 */

/** Controls (C0, DEL, C1), format characters (bidirectional marks, zero width), separators of lines, halves and no characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
const HIDDEN_IN_LINES = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;
/** Most text is of these alone, and needs no closer look. */
const BEYOND_ASCII = /[^ -~]/;
const BEYOND_ASCII_LINES = /[^ -~\n]/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(hidden: string): string {
  // By code units, as JSON has it.
  const units = [...Array(hidden.length).keys()].map((at) => hidden.charCodeAt(at));
  return SHORT[hidden] ?? units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/**
 * A text with nothing hidden in it.
 *
 * @param text - a name, a message, a line: whatever stands in it came from anywhere
 * @returns one line; the same text where nothing was hidden
 * @example
 * visible('a\u001b[2Jb\u202ec'); // 'a\\u001b[2Jb\\u202ec'
 */
export function visible(text: string): string {
  return BEYOND_ASCII.test(text) ? text.replace(HIDDEN, escaped) : text;
}

/**
 * {@link visible} for several lines: their ends stay.
 *
 * @param text - lines with line feeds between them
 * @returns as many lines
 * @example
 * visibleLines('a\u0007\nb'); // 'a\\u0007\nb'
 */
export function visibleLines(text: string): string {
  return BEYOND_ASCII_LINES.test(text) ? text.replace(HIDDEN_IN_LINES, escaped) : text;
}
