/** Colours of a terminal: SGR codes of ECMA-48, each with the code that ends it. */

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  gray: [90, 39],
} as const;

/** What a text can look like. */
export type Style = keyof typeof CODES;

const INTRODUCER = '\x1b[';
let introducer = INTRODUCER;
let codes = /\x1b\[[0-9;]*m/g;

/**
 * Has codes begin with something else until they are written, so that whoever writes them tells them from what an input
 * has brought along.
 *
 * @param mark - private characters that no input can know; undefined: as terminals take it, from now on again
 */
export function markCodes(mark: string | undefined): void {
  introducer = mark ?? INTRODUCER;
  codes = new RegExp(`${mark ?? '\\x1b\\['}[0-9;]*m`, 'g');
}

/** Text with its marked codes as terminals take them; see {@link markCodes}. */
export function withCodes(text: string): string {
  return introducer === INTRODUCER || !text.includes(introducer)
    ? text
    : text.replace(codes, (code) => INTRODUCER + code.slice(introducer.length));
}

/** Text without the codes in it. */
export function withoutCodes(text: string): string {
  return text.replace(codes, '');
}

/**
 * A text in a style. Whoever calls has decided that colours are wanted: this looks at no terminal.
 *
 * @param style - undefined leaves the text as it is
 * @param text - without line feeds
 * @param colour - whether colours are wanted
 */
export function styled(style: Style | undefined, text: string, colour: boolean): string {
  if (style === undefined || !colour) return text;
  const [begin, end] = CODES[style];
  return `${introducer}${begin}m${text}${introducer}${end}m`;
}
