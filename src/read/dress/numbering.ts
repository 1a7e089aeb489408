/** Numbers before all lines of a text: `cat -n`, `nl`, `grep -n`, editors. */
import { startsTelling } from './prefix-shape.ts';

const BEFORE_BLANK = /^\s{0,8}(\d{1,9})(?:\t|\s{1,4})/;
const BEFORE_SIGN = /^\s{0,8}(\d{1,9})[:|)-]\s?/;
/** What grep puts between groups of lines. */
const GROUP_END = /^--$/;
const FEWEST_LINES = 3;
/** Ranges that Linux numbers itself. */
const NUMBERED_RANGE = /^(?:base |disabled$|\[[0-9A-F]{6})/;

/** Where the number ends; one blank behind it belongs to it, the others to the line. */
function endOf(match: RegExpExecArray, text: string): number {
  const digits = match[0].search(/\d/) + match[1]!.length;
  const sign = /[:|)\t-]/.test(text[digits] ?? '') ? 1 : 0;
  // A terminal shows the tab of "cat -n" as two blanks.
  if (sign === 0) return digits + (text.startsWith('  ', digits) && digits === 6 ? 2 : 1);
  return digits + sign;
}

/** Takes the number from a line. */
export type Unnumbered = (text: string) => string;

function ascending(lines: readonly string[], pattern: RegExp, isDense: boolean): boolean {
  let last: number | undefined;
  for (const line of lines) {
    const number = Number(pattern.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(number) || number < 1) return false;
    if (last !== undefined && (isDense ? number !== last + 1 : number <= last)) return false;
    last = number;
  }
  return true;
}

/**
 * Whether all lines are numbered.
 *
 * @param head - the first lines of a text
 * @returns what takes the numbers away; undefined where there are none
 */
export function numberingOf(head: readonly string[]): Unnumbered | undefined {
  const lines = head.filter((line) => line.trim() !== '' && !GROUP_END.test(line));
  if (lines.length < FEWEST_LINES) return undefined;
  for (const [pattern, isDense] of [
    [BEFORE_BLANK, true],
    [BEFORE_SIGN, false],
  ] as const) {
    if (!ascending(lines, pattern, isDense)) continue;
    const without: Unnumbered = (text) => {
      const match = pattern.exec(text);
      return match ? text.slice(endOf(match, text)) : text;
    };
    const rests = lines.map(without);
    if (rests.some((rest) => NUMBERED_RANGE.test(rest.trimStart()))) {
      if (!rests.some((rest) => /^\s{0,8}\d{1,3} (?:base|disabled)/.test(rest))) continue;
    }
    if (rests.some(startsTelling)) return without;
  }
  return undefined;
}
