/**
 * What stands before the text of a line, learned from lines whose text is known: a time stamp of any locale, a host,
 * a pod, a number, a file's name. A shape says what kinds of words and signs follow each other, not which.
 */

/** The beginnings of lines that are told whatever stands before them. */
const ANCHOR = new RegExp(
  [
    // Which CPU a line of coreboot's is of: no host.
    '\\[?apic_id (?:0x)?[0-9a-f]{1,8}\\b',
    'MTRR (?:default|fixed|variable)(?: |$)',
    'MTRR map: \\d',
    'MTRR: (?:TEMPORARY )?Physical address space:',
    'MTRR: (?:Fixed MSR 0x|\\d{1,3} base 0x)',
    'MTRR Settings',
    'Memory Ranges:$',
    'MTRR Default Type: ',
    '(?:Fixed|Variable) MTRR\\[',
    'MTRRphys(?:Base|Mask)\\d',
    '\\d{1,3} base [0-9A-Fa-f]{6,16} mask [0-9A-Fa-f]{6,16} (?:write-|uncach)',
    '[0-9A-Fa-f]{5}-[0-9A-Fa-f]{5} (?:write-|uncach)',
    'reg\\d{2,3}: ?base=0x',
    'BIOS-e820:(?: |$)',
    '(?:modified|user): \\[mem 0x',
    'BIOS-provided physical RAM map:',
    'Linux version \\d{1,3}\\.\\d',
    'x86/PAT: ',
    'x86 PAT enabled: ',
    'TOM2: [0-9a-f]{8}',
    '\\(XEN\\) ',
    '[0-9a-f]{8,16}-[0-9a-f]{8,16} (?:: |\\(prio )',
    'rdmsr -',
    '0x(?:0{0,5})(?:2[0-9a-f]{2}|fe),0x[0-9a-f]',
  ].join('|'),
);
/** Before an anchor: nothing that the anchor's first word could be the end of. */
const BOUNDARY = /[^\p{L}\p{N}_.-]$/u;
/** Cells of the row of which the end was found: a CPU, what nobody knows. They are the row's own. */
const CELLS = /^[\w\s,;]*[,;]\s*$/;
const ROW = /^0x[0-9a-f]{1,8},0x/;
/** Longer prefixes are none. */
const MOST_PREFIX = 200;
const TOKEN = /[\p{L}\p{N}]+(?:[._/@+:,-]+[\p{L}\p{N}]+)*|\s+|[^\p{L}\p{N}\s]/gu;
const wordWith = (signs: string) => `[\\p{L}\\p{N}]{1,64}(?:[${signs}]{1,3}[\\p{L}\\p{N}]{1,64}){0,32}`;
const WORD = wordWith('._/@+:,-');
/** Before a colon behind which the line begins: what else a colon ends there is the line's own. */
const COLONLESS = wordWith('._/@+,-');
const COLONLESS_OR_SIGN = new RegExp(`(${COLONLESS})|([^])`, 'gu');
const NUMBER = '\\d{1,20}(?:[._/+:,-]{1,3}\\d{1,20}){0,16}';

/** A learned prefix. */
interface PrefixShape {
  /** Matches the prefix at the start of a line. */
  readonly pattern: RegExp;
  /** It has a sign: words and numbers alone stand at the start of any line. */
  readonly isCertain: boolean;
}

function escaped(sign: string, isInside: boolean): string {
  // grep gives the lines around a hit with "-" where the hit has ":", no blank behind it.
  if (isInside && (sign === ':' || sign === '-')) return '[:-]';
  return sign.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

const isBlank = (token: string | undefined): boolean => token !== undefined && /^\s/.test(token);
const isSign = (token: string | undefined): boolean => token === undefined || /^[^\p{L}\p{N}\s]/u.test(token);
const isNumber = (token: string | undefined): boolean =>
  token !== undefined && /^\d[\d._/+:,-]*$/.test(token);

/** Blanks between a sign and a number are the number's padding, which a longer one does not have. */
function isPadding(tokens: readonly string[], at: number): boolean {
  return isSign(tokens[at - 1]) && isNumber(tokens[at + 1]);
}

/** Words that a colon ends behind which the line begins: as many as there are. The last may be the line's number, of grep. */
function wordsBeforeColon(token: string): string {
  const [, words, number] = /^(.*?)(:\d{1,20})?$/.exec(token)!;
  const source = words!.replaceAll(COLONLESS_OR_SIGN, (_, word?: string, sign?: string) =>
    word === undefined ? escaped(sign!, false) : COLONLESS,
  );
  return number === undefined ? source : `${source}[:-]\\s{0,40}\\d{1,20}`;
}

function sourceOf(tokens: readonly string[], at: number): string {
  const token = tokens[at]!;
  if (isBlank(token)) return isPadding(tokens, at) ? '' : '\\s{1,40}';
  if (isSign(token)) return escaped(token, !isBlank(tokens[at + 1]));
  const isLast = at === tokens.length - 2 && tokens[at + 1] === ':';
  if (!isNumber(token)) return isLast ? wordsBeforeColon(token) : WORD;
  const before = isBlank(tokens[at - 1]) ? tokens[at - 2] : tokens[at - 1];
  return isSign(before) ? `\\s{0,40}${NUMBER}` : NUMBER;
}

function shapeOf(prefix: string): PrefixShape {
  const tokens = prefix.match(TOKEN) ?? [];
  const isOpen = isBlank(tokens.at(-1));
  const source = tokens
    .slice(0, isOpen ? -1 : undefined)
    .map((_, at) => sourceOf(tokens, at))
    .join('');
  return { pattern: new RegExp(`${source}\\s?`, 'uy'), isCertain: tokens.some(isSign) };
}

/** A stamp, words, and a stamp of the same kind: two lines, or more. */
const SEVERAL =
  /\(XEN\) .{1,4000}\(XEN\) |\[\s{0,12}\d{1,10}\.\d{1,9}\]\s{0,40}[^\s[].{0,4000}\[\s{0,12}\d{1,10}\.\d{1,9}\]/;

/** Whether a text, put together from pieces, holds several lines of a log. */
export function holdsSeveral(text: string): boolean {
  return SEVERAL.test(text);
}

/** Where what a format knows begins; -1: nowhere in the part of a line where it may. */
const anchorAt = (text: string): number => text.slice(0, MOST_PREFIX * 2).search(ANCHOR);

/**
 * Where what stands in a line begins that is told whatever comes before it.
 *
 * @returns undefined where a line has nothing of that
 */
export function anchorIn(text: string): number | undefined {
  const at = anchorAt(text);
  return at === 0 || (at > 0 && BOUNDARY.test(text.slice(0, at))) ? at : undefined;
}

/**
 * What stands before the text of a line.
 *
 * @param text - a line
 * @returns the prefix, blanks at its end and all; undefined where none can be told
 */
export function foundPrefix(text: string): string | undefined {
  const at = anchorAt(text);
  if (at <= 0 || at > MOST_PREFIX) return undefined;
  const prefix = text.slice(0, at);
  if (holdsSeveral(text.slice(0, at + MOST_PREFIX))) return undefined;
  if (ROW.test(text.slice(at)) && CELLS.test(prefix)) return undefined;
  return BOUNDARY.test(prefix) && prefix.trim() !== '' ? prefix : undefined;
}

/** The prefixes of one file: few, learned as they come. */
export class PrefixShapes {
  readonly #shapes = new Map<string, PrefixShape>();

  /** A file has one or two; more of them are prose. */
  static readonly MOST = 12;

  get isEmpty(): boolean {
    return this.#shapes.size === 0;
  }

  /**
   * Learns from a line that nothing else reads.
   *
   * @returns whether there is something new to try
   */
  learn(text: string): boolean {
    if (this.#shapes.size >= PrefixShapes.MOST) return false;
    const prefix = foundPrefix(text);
    if (prefix === undefined) return false;
    const shape = shapeOf(prefix);
    if (this.#shapes.has(shape.pattern.source)) return false;
    this.#shapes.set(shape.pattern.source, shape);
    return true;
  }

  /**
   * How long the prefix of a line is; 0: it has none that was learned.
   *
   * @param onlyCertain - leave out prefixes of words and numbers alone
   */
  lengthOf(text: string, onlyCertain = false): number {
    for (const { pattern, isCertain } of this.#shapes.values()) {
      if (onlyCertain && !isCertain) continue;
      pattern.lastIndex = 0;
      if (pattern.test(text)) return pattern.lastIndex;
    }
    return 0;
  }

  /** What each of the shapes leaves of a line, the longest prefix first. */
  *without(text: string): IterableIterator<{ readonly prefix: string; readonly rest: string }> {
    const ends = new Set<number>();
    for (const { pattern } of this.#shapes.values()) {
      pattern.lastIndex = 0;
      if (pattern.test(text)) ends.add(pattern.lastIndex);
    }
    for (const end of [...ends].sort((a, b) => b - a)) {
      yield { prefix: text.slice(0, end), rest: text.slice(end) };
    }
  }
}
