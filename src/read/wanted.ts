/**
 * What firmware says that it wants of the address space: coreboot's "Physical address space" and EDK2's "Memory
 * Ranges", by themselves or anywhere in a log.
 */
import { Dress } from './dress/dress.ts';
import { Journal } from './dress/journal.ts';
import { foundPrefix, PrefixShapes } from './dress/prefix-shape.ts';
import { cleanText, unquoted } from './line.ts';

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

/** A line without what stands around it, and whether that was a log's prefix; its number plays no part. */
const clean = (text: string) => cleanText(text, 1);

function listed(text: string, tool: WantedList['tool']): Omit<ListedRange, 'line'> | undefined {
  const found = (tool === 'coreboot' ? SIZED : INCLUSIVE).exec(text);
  if (!found) return undefined;
  if (tool === 'coreboot') {
    // Newer versions print the last address, older ones the one after it: the size is the same.
    const start = BigInt(`0x${found[1]}`);
    return { start, end: start + BigInt(`0x${found[2]}`), type: found[3]! };
  }
  return { start: BigInt(`0x${found[2]}`), end: BigInt(`0x${found[3]}`) + 1n, type: found[1]! };
}

/** Address bits of any CPU that runs 64-bit code: 32 to 52. */
const WIDTHS: readonly number[] = Array.from({ length: 21 }, (_, index) => 32 + index);

/** EDK2 lists the whole space. */
function widthOf(ranges: readonly ListedRange[]): number | undefined {
  // Ascending, and without gaps.
  const end = ranges.at(-1)?.end;
  return WIDTHS.find((bits) => end === 1n << BigInt(bits));
}

/** What a line says of a list, in some spelling; empty: nothing. */
function meaningOf(text: string): string {
  const prefix = foundPrefix(text) ?? '';
  const { text: bare } = clean(text.slice(prefix.length));
  const range = listed(bare, 'coreboot') ?? listed(bare, 'EDK2');
  if (range) return `${range.start}-${range.end} ${range.type}`;
  const isOther = SPACE.test(bare) || MEMORY_RANGES.test(bare) || WIDTH.test(bare);
  return isOther ? bare : '';
}

/** Takes the lines of a log as they were printed, and keeps the lists. */
class ListReader {
  readonly #shapes = new PrefixShapes();
  #current: Draft | undefined;
  #lasting: Draft | undefined;
  #temporary: Draft | undefined;
  #stated: number | undefined;

  /** @returns whether the line says anything of a list */
  take(quoted: string, line: number): boolean {
    const text = unquoted(quoted);
    this.#shapes.learn(text);
    const rests = [...this.#shapes.without(text)].map(({ rest }) => rest);
    const readings = [text, ...rests].map((one) => clean(one).text);
    if (readings.some((one) => this.#reads(one, line))) return true;
    // A line of something else ends EDK2's list, whose ranges look like those of other tools.
    const isOther = !readings.some((one) => one === '' || RULER.test(one));
    if (isOther && this.#current?.tool === 'EDK2') this.#current = undefined;
    return false;
  }

  #reads(text: string, line: number): boolean {
    const space = SPACE.exec(text);
    if (space || MEMORY_RANGES.test(text)) {
      const isTemporary = space?.[1] !== undefined;
      this.#current = { tool: space ? 'coreboot' : 'EDK2', line, ranges: [], isTemporary };
      if (isTemporary) this.#temporary = this.#current;
      else this.#lasting = this.#current;
      return true;
    }
    const range = this.#current && listed(text, this.#current.tool);
    if (range) this.#current?.ranges.push({ line, ...range });
    const width = WIDTH.exec(text);
    if (width) this.#stated = Number(width[1]);
    return range !== undefined || width !== null;
  }

  get list(): WantedList | undefined {
    const found = this.#lasting ?? this.#temporary;
    return (
      found && { ...found, maxphyaddr: found.tool === 'coreboot' ? this.#stated : widthOf(found.ranges) }
    );
  }
}

/**
 * Finds the list in a text, whatever stands before its lines. Of several the last counts; coreboot's TEMPORARY ones do
 * only where there is no other.
 *
 * @param text - a firmware log, or a piece of one
 * @returns undefined where the text has no such list
 */
export function wantedList(text: string): WantedList | undefined {
  const reader = new ListReader();
  const isPrefixed = (line: string) => clean(line).prefixed || foundPrefix(line) !== undefined;
  const dress = new Dress(
    { meaningOf, isPrefixed },
    (line, number) => reader.take(line, number),
    () => {},
  );
  const journal = new Journal((line, number) => dress.push(line, number));
  for (const [index, raw] of text.split('\n').entries()) {
    if (!journal.push(raw, index + 1)) dress.push(raw, index + 1);
  }
  journal.finish();
  dress.finish();
  return reader.list;
}
