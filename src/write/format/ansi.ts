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
  return `\x1b[${begin}m${text}\x1b[${end}m`;
}
