/** What a reader of EPT entries is, and where it puts them. */
import type { LiveLine } from '../../replay/index.ts';
import { BATCH_ENTRIES, EntryBatch, type OddLines } from '../../trace/index.ts';

/** Characters of an odd line that are shown. */
export const MOST_TEXT = 100;

/** Collects entries to batches, and counts what is none. */
export class EntrySink {
  /** Entries so far. */
  entries = 0;
  /** Events of other kinds. */
  otherEvents = 0;
  /** Events that the recorder lost, by its own count. */
  lostEvents = 0;
  /** Large entries that were split; their children count as entries. */
  splits = 0;
  /** Entries of page tables that are no EPT, which the dump itself says. */
  foreignEntries = 0;
  readonly #batch = new EntryBatch();
  readonly #give: (batch: EntryBatch) => void;
  #truncated: OddLines = { count: 0, first: undefined };

  /**
   * @param give - takes a batch; its columns are used again afterwards
   * @param live - takes all that an event trace says of time, in its order
   */
  constructor(
    give: (batch: EntryBatch) => void,
    readonly live?: (line: LiveLine) => void,
  ) {
    this.#give = give;
  }

  /** Lines that begin as an entry and break off. */
  get truncated(): OddLines {
    return this.#truncated;
  }

  /**
   * @param level - 1..5
   * @param low - bits 31:0 of the entry, as a number with a sign or without
   * @param high - bits 63:32, as well
   */
  add(line: number, space: number, gfn: number, level: number, low: number, high: number): void {
    const batch = this.#batch;
    const at = batch.count;
    batch.line[at] = line;
    batch.space[at] = space;
    batch.gfn[at] = gfn;
    batch.level[at] = level;
    batch.low[at] = low;
    batch.high[at] = high;
    batch.count = at + 1;
    this.entries += 1;
    if (batch.count === BATCH_ENTRIES) this.flush();
  }

  /** Counts a line that breaks off. */
  truncate(line: number, text: string): void {
    this.#truncated = oneMore(this.#truncated, line, text);
  }

  /** Gives what has been collected. */
  flush(): void {
    if (this.#batch.count > 0) this.#give(this.#batch);
    this.#batch.count = 0;
  }
}

function oneMore({ count, first }: OddLines, line: number, text: string): OddLines {
  if (first) return { count: count + 1, first };
  const plain = text.trim().replace(/[^\x20-\x7e]+/g, ' ');
  const shown = plain.length > MOST_TEXT ? `${plain.slice(0, MOST_TEXT)}...` : plain;
  return { count: 1, first: { line, text: shown } };
}

/** Reads the lines of one file. */
export interface EntryReader {
  /** Bytes `start <= at < end`, valid during the call. */
  line(bytes: Uint8Array, start: number, end: number, number: number): void;
  /** After the last line. */
  finish(): void;
}

/** A format that holds EPT entries. */
export interface EntryFormat {
  readonly name: string;
  /** For people: what prints it. */
  readonly title: string;
  /** Whether the entries are KVM's own events. */
  readonly isKvm: boolean;
  /** Whether the beginning of a file looks like it. */
  matches(head: string): boolean;
  open(sink: EntrySink): EntryReader;
}
