/**
 * How the lines of a text begin alike: what a program put before every line that it passed on, whatever stands behind it.
 * A line gives the pattern, in which numbers stand for numbers and all else for itself.
 */
import { hostIn, hostOf } from './host-of.ts';
import { anchorIn } from './prefix-shape.ts';

/** A number with the blanks that pad it, letters, or one other character. */
const TOKEN = / *\d+|\p{L}+|[\s\S]/gu;
/** What can end a beginning; behind it comes the line's own text. */
const END = /[\s:|,;>\])"=-]$/;
/** Longer beginnings are none. */
const MOST_CHARACTERS = 120;
const MOST_PATTERNS = 24;
/** Fewer lines begin alike by chance. */
const FEWEST_LINES = 3;
/** What grep puts between groups of lines. */
const GROUP_END = /^--$/;
/** A cell that counts the lines of a table. */
const COUNTED = /^ *(\d{1,9}),/;

/** A date or a clock's time: what stands before it ends behind it. */
const STAMP = /^ {0,4}(?:\d{4}-\d\d-\d\d|\d\d? \d\d?:\d\d:|\d\d?:\d\d:\d\d)/;
/** Before the lines of `cat -n`, `grep -n` and editors. */
const NUMBER = /^ *(\d{1,9})[\t:|)-]? {0,2}$/;

/** Tells how many characters of a line are a beginning; -1: it begins otherwise. */
export type BeginningLength = (line: string) => number;

/** A line that says whether the others begin as it does. */
export const isFilled = (line: string): boolean => line.trim() !== '' && !GROUP_END.test(line);

function sourceOf(token: string): string {
  if (/\d/.test(token)) return ' *\\d+';
  // grep has "-" for ":" where a line stands around a hit.
  if (token === ':' || token === '-') return '[:-]';
  return token.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

/**
 * The patterns of a line's beginnings, shortest first.
 *
 * @param line - of which any number of characters may be one
 */
export function beginningsOf(line: string): readonly BeginningLength[] {
  const found: BeginningLength[] = [];
  let source = '';
  let text = '';
  const endHere = (blank = '') => {
    if (text.trim() !== '' && found.length < MOST_PATTERNS) found.push(lengthBy(source + blank));
  };
  for (const [token] of line.slice(0, MOST_CHARACTERS).matchAll(TOKEN)) {
    if (/^ .*\d/.test(token)) endHere(' ');
    source += sourceOf(token);
    text += token;
    if (END.test(token)) endHere();
  }
  return found;
}

function lengthBy(source: string): BeginningLength {
  const pattern = new RegExp(source, 'uy');
  return (line) => {
    pattern.lastIndex = 0;
    return pattern.test(line) ? pattern.lastIndex : -1;
  };
}

/** Numbers that rise by one from line to line are no line's own. */
function areCounted(rests: readonly string[]): boolean {
  const numbers = rests.map((rest) => Number(COUNTED.exec(rest)?.[1] ?? Number.NaN));
  return numbers.every((number, at) => at === 0 || number === numbers[at - 1]! + 1);
}

const isSign = (character: string | undefined): boolean =>
  character !== undefined && !/[\p{L}\p{N}]/u.test(character);

/** Whether a beginning ends where what is common to all lines goes on: within a stamp, or before the same sign. */
function endsEarly(
  lines: readonly string[],
  lengths: readonly number[],
  anchors: readonly number[],
): boolean {
  const next = lines.map((line, at) => line[lengths[at]!]);
  const [first] = next;
  // A quote begins the cell of a table, and a sign may be the line's own, as Xen's mark is.
  const isOwn = first === '"' || anchors.every((anchor, at) => anchor === lengths[at]);
  if (!isOwn && isSign(first) && next.every((one) => one === first)) return true;
  if (lines.every((line, at) => STAMP.test(line.slice(lengths[at])))) return true;
  const isWithin = lines.every(
    (line, at) => /\d[:.,-]$/.test(line.slice(0, lengths[at])) && /^\d/.test(line.slice(lengths[at])),
  );
  return isWithin && !rises(lines, lengths);
}

/** Whether the numbers at the end of the beginnings rise from line to line. */
function rises(lines: readonly string[], lengths: readonly number[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  return lines.every((line, at) => {
    const number = Number(/(\d+)\D*$/.exec(line.slice(0, lengths[at]))?.[1] ?? Number.NaN);
    const isMore = number > last;
    last = number;
    return isMore;
  });
}

/** A beginning, and the one host that it names on all lines, or none. */
export interface Shared {
  readonly lengthOf: BeginningLength;
  readonly host?: string | undefined;
  /** The lines are numbered. */
  readonly isNumber: boolean;
}

/** Whether a beginning is a number, and nothing else. */
export const isCounter = (beginning: string): boolean => NUMBER.test(beginning);

/** What readers go by in lines: no beginning that takes it away is a dress. */
interface Marks {
  /** Where what tells a line begins, whatever stands before it. */
  readonly anchors: readonly number[];
  /** Where several are named. */
  readonly hosts: readonly (string | undefined)[] | undefined;
}

function marksOf(lines: readonly string[]): Marks {
  const hosts = lines.map(hostIn);
  const names = new Set(hosts.filter((host) => host !== undefined));
  return {
    anchors: lines.map((line) => anchorIn(line) ?? Number.POSITIVE_INFINITY),
    hosts: names.size > 1 ? hosts : undefined,
  };
}

const hidesHosts = ({ hosts }: Marks, rests: readonly string[]): boolean =>
  hosts !== undefined && rests.some((rest, at) => hostIn(rest) !== hosts[at]);

/** Whether what is left of longer beginnings names the same hosts; numbers of lines are no names. */
function leavesNames({ lengthOf }: Shared, longer: readonly string[]): boolean {
  return longer.every((one) => {
    const length = lengthOf(one);
    return isCounter(one.slice(0, length)) || hostOf(one.slice(length)) === hostOf(one);
  });
}

/** Whether beginnings are nothing but the numbers of the lines, one after the other. */
export function areNumbers(beginnings: readonly string[]): boolean {
  const numbers = beginnings.map((one) => Number(NUMBER.exec(one)?.[1] ?? Number.NaN));
  return numbers.every(
    (number, at) => number === (at === 0 ? Math.max(1, numbers[0]!) : numbers[at - 1]! + 1),
  );
}

/**
 * Of lines that are numbered: the rest of one may begin with a number too, but hardly with the next one.
 *
 * @returns what tells the beginnings of a text from its first line on
 */
export const counted =
  (lengthOf: BeginningLength): (() => BeginningLength) =>
  () => {
    let next: number | undefined;
    return (line) => {
      const length = lengthOf(line);
      const number = Number(NUMBER.exec(line.slice(0, Math.max(0, length)))?.[1] ?? Number.NaN);
      if (Number.isNaN(number) || (next !== undefined && number !== next)) return -1;
      next = number + 1;
      return length;
    };
  };

/**
 * The beginnings that all lines share, shortest first.
 *
 * @param lines - all of them {@link isFilled}
 */
export function sharedBeginnings(lines: readonly string[]): readonly Shared[] {
  if (lines.length < FEWEST_LINES) return [];
  let shared: Shared[] = [];
  let marks: Marks | undefined;
  for (const lengthOf of beginningsOf(lines[0]!)) {
    const lengths = lines.map(lengthOf);
    if (lengths.includes(-1)) break;
    marks ??= marksOf(lines);
    if (marks.anchors.some((anchor, at) => lengths[at]! > anchor)) break;
    const beginnings = lines.map((line, at) => line.slice(0, lengths[at]));
    const hosts = new Set(beginnings.map(hostOf));
    const rests = lines.map((line, at) => line.slice(lengths[at]));
    if (hosts.size > 1) {
      // Several hosts are kept apart by what names them: a shorter beginning ends before it.
      shared = shared.filter((one) => leavesNames(one, beginnings));
      continue;
    }
    if (endsEarly(lines, lengths, marks.anchors) || areCounted(rests)) continue;
    if (rests.every((rest) => rest.trim() === '')) continue;
    if (hidesHosts(marks, rests)) continue;
    // A number may begin the rest of a line as well as a line.
    if (beginnings.every((one) => NUMBER.test(one)) && !rises(lines, lengths)) continue;
    shared.push({ lengthOf, host: [...hosts][0], isNumber: areNumbers(beginnings) });
  }
  return shared;
}
