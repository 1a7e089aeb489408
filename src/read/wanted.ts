/**
 * What firmware says that it wants of the address space: coreboot's "Physical address space" and EDK2's "Memory
 * Ranges", by themselves or anywhere in a log.
 */
import { cleanLine } from './line.ts';

/** A range that firmware lists. */
export interface ListedRange {
  /** Number of the line, from 1. */
  readonly line: number;
  /** First byte. */
  readonly start: bigint;
  /** The byte after the last. */
  readonly end: bigint;
  /** As the text spells it: a number, a name, `R*`. */
  readonly type: string;
}

/** The last list of a log that holds for the time after the firmware. */
export interface WantedList {
  readonly tool: 'coreboot' | 'EDK2';
  /** Its heading. */
  readonly line: number;
  readonly ranges: readonly ListedRange[];
  /** Address bits, as the log states them (coreboot), or as far as the list goes (EDK2's names the whole space). */
  readonly maxphyaddr: number | undefined;
  /** Only the map for the time until RAM is up, or for the payload's loading, is in the log. */
  readonly isTemporary: boolean;
}

const SPACE = /^MTRR: (TEMPORARY )?Physical address space:$/;
const SIZED = /^0x([0-9a-f]{16}) - 0x[0-9a-f]{16} size 0x([0-9a-f]{1,16}) type (\d{1,3})$/;
const WIDTH = /^(?:\[?apic_id \S{1,12} setup mtrr for )?CPU physical address size: (\d{1,2}) bits$/;
const MEMORY_RANGES = /^Memory Ranges:?$/i;
const INCLUSIVE = /^(UC-?|WC|WT|WP|WB|R\*):(?:0x)?([0-9a-f]{6,16})-(?:0x)?([0-9a-f]{6,16})$/i;
const RULER = /^={4,}$/;

interface Draft {
  tool: WantedList['tool'];
  line: number;
  ranges: ListedRange[];
  isTemporary: boolean;
}

function listed(text: string, line: number, tool: WantedList['tool']): ListedRange | undefined {
  const found = (tool === 'coreboot' ? SIZED : INCLUSIVE).exec(text);
  if (!found) return undefined;
  if (tool === 'coreboot') {
    // Newer versions print the last address, older ones the one after it: the size is the same.
    const start = BigInt(`0x${found[1]}`);
    return { line, start, end: start + BigInt(`0x${found[2]}`), type: found[3]! };
  }
  return { line, start: BigInt(`0x${found[2]}`), end: BigInt(`0x${found[3]}`) + 1n, type: found[1]! };
}

/** EDK2 lists the whole space. */
function widthOf(ranges: readonly ListedRange[]): number | undefined {
  // Ascending, and without gaps.
  const end = ranges.at(-1)?.end ?? 0n;
  const bits = end.toString(2).length - 1;
  return bits >= 32 && bits <= 52 && end === 1n << BigInt(bits) ? bits : undefined;
}

/**
 * Finds the list in a text. Of several the last counts; coreboot's TEMPORARY ones do only where there is no other.
 *
 * @param text - a firmware log, or a piece of one
 * @returns undefined where the text has no such list
 */
export function wantedList(text: string): WantedList | undefined {
  let current: Draft | undefined;
  let lasting: Draft | undefined;
  let temporary: Draft | undefined;
  let stated: number | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const { text: clean } = cleanLine(raw, line);
    const space = SPACE.exec(clean);
    if (space || MEMORY_RANGES.test(clean)) {
      const isTemporary = space?.[1] !== undefined;
      current = { tool: space ? 'coreboot' : 'EDK2', line, ranges: [], isTemporary };
      if (isTemporary) temporary = current;
      else lasting = current;
      continue;
    }
    const range = current && listed(clean, line, current.tool);
    if (range) current?.ranges.push(range);
    // A line of something else ends EDK2's list, whose ranges look like those of other tools.
    else if (current?.tool === 'EDK2' && clean !== '' && !RULER.test(clean)) current = undefined;
    stated = Number(WIDTH.exec(clean)?.[1] ?? stated ?? Number.NaN) || undefined;
  }
  const found = lasting ?? temporary;
  return found && { ...found, maxphyaddr: found.tool === 'coreboot' ? stated : widthOf(found.ranges) };
}
