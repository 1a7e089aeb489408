/**
 * What JSON.parse does not tell: that a key was given twice (it keeps the last), and which digits a number
 * was written with (it rounds to a double). Both would let a request mean something else than it says.
 */

/** Objects of a request nest no deeper: the request, `memory`, a slot. */
const DEEPEST_OBJECT = 3;

const QUOTE = 34;
/** What JSON takes for blank: tab, newline, carriage return, space. */
const BLANKS: ReadonlySet<number> = new Set([9, 10, 13, 32]);

/** A longer one belongs to no number that a double holds. */
const LONGEST_EXPONENT = 20;

/** What {@link jsonSource} finds. */
export interface JsonSource {
  /** Path of the first key that its object already has, `msrs.0x200`; undefined where all differ. */
  readonly repeatedKey: string | undefined;
  /** The text of the outermost object's value `id` where it is no string; undefined where it has none. */
  readonly idText: string | undefined;
}

/** A container that the scan is inside of. */
interface Container {
  readonly isObject: boolean;
  /** Keys so far; most objects of a hostile line have none. */
  keys?: Set<string>;
  /** The key or index of the value that the scan is at. */
  step: string | number;
}

function endOfString(text: string, quote: number): number {
  for (let end = text.indexOf('"', quote + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text[before] === '\\') before--;
    if ((end - before) % 2 === 1) return end;
  }
}

function stringAt(text: string, quote: number, end: number): string {
  const raw = text.slice(quote + 1, end);
  return raw.includes('\\') ? (JSON.parse(text.slice(quote, end + 1)) as string) : raw;
}

function valueAfterKey(text: string, at: number): string | undefined {
  const value = /\s*:\s*([^\s,}"]*)/y;
  value.lastIndex = at;
  return value.exec(text)?.[1] || undefined;
}

/**
 * Walks the text of a JSON object.
 *
 * @param text - an object that JSON.parse accepts
 * @returns see {@link JsonSource}
 */
export function jsonSource(text: string): JsonSource {
  const outer: Container[] = [];
  let repeatedKey: string | undefined;
  let idText: string | undefined;
  let depth = 0;
  let atKey = false;
  for (let at = 0; at < text.length; at++) {
    const here = outer[depth - 1];
    switch (text[at]) {
      case '"': {
        const end = endOfString(text, at);
        if (atKey && here) {
          const key = stringAt(text, at, end);
          here.step = key;
          here.keys ??= new Set();
          if (here.keys.has(key)) {
            repeatedKey ??= outer
              .slice(0, depth)
              .map((container) => container.step)
              .join('.');
          }
          here.keys.add(key);
          if (depth === 1 && key === 'id') idText = valueAfterKey(text, end + 1);
        }
        atKey = false;
        at = end;
        break;
      }
      case '{':
      case '[':
        if (depth < DEEPEST_OBJECT) {
          outer[depth] = text[at] === '{' ? { isObject: true, step: '' } : { isObject: false, step: 0 };
        }
        depth++;
        atKey = text[at] === '{';
        break;
      case '}':
      case ']':
        depth--;
        atKey = false;
        break;
      case ',':
        if (here && !here.isObject) here.step = Number(here.step) + 1;
        atKey = here?.isObject === true;
        break;
    }
  }
  return { repeatedKey, idText };
}

/** How many keys all objects inside a parsed value have; not a number where it nests as no request does. */
function keysIn(value: unknown, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > DEEPEST_OBJECT) return Number.NaN;
  const isList = Array.isArray(value);
  const values: readonly unknown[] = isList ? value : Object.values(value);
  let count = isList ? 0 : values.length;
  for (const inner of values) if (typeof inner === 'object') count += keysIn(inner, depth + 1);
  return count;
}

/** Colons that stand behind a quote, blanks aside: each written key has one, and no key has two. */
function quotedColons(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    let before = at - 1;
    while (BLANKS.has(text.charCodeAt(before))) before--;
    if (text.charCodeAt(before) === QUOTE) count++;
  }
  return count;
}

/**
 * What {@link jsonSource} finds in an ordinary line, a fifth as dear: one without escapes, in which the keys that
 * were written are as many as those that are left, so that none was given twice.
 *
 * @param text - an object that JSON.parse accepts
 * @param value - what JSON.parse made of it
 * @returns undefined for a line that has to be walked through
 */
export function ordinarySource(text: string, value: object): JsonSource | undefined {
  if (text.includes('\\') || quotedColons(text) !== keysIn(value)) return undefined;
  const id = text.indexOf('"id"');
  // Twice, and it is not plain which one is the outermost object's.
  if (text.includes('"id"', id + 1)) return undefined;
  return { repeatedKey: undefined, idText: id < 0 ? undefined : valueAfterKey(text, id + 4) };
}

/** Sign, digits and exponent of a decimal number, so that 1.50e1 and 15 give the same. */
function canonicalDecimal(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!parts) return text;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  if (exponent.length > LONGEST_EXPONENT) return text;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return `${sign}${significant}e${scale}`;
}

/**
 * Whether a double holds the number that a JSON text writes: reading it and printing it again loses nothing.
 *
 * @param text - a JSON number as it is written
 * @returns false for 9007199254740993 or 1e400, true for 1.50, 1e300 and 9007199254740992
 */
export function isHeldByDouble(text: string): boolean {
  const value = Number(text);
  const printed = String(value);
  return Number.isFinite(value) && (printed === text || canonicalDecimal(printed) === canonicalDecimal(text));
}
