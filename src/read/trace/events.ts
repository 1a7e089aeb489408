/**
 * KVM's trace events as ftrace, `trace-cmd report` and `perf script` print them, and as mail programs leave them:
 * quoted, torn, with carriage returns. Formats: include/trace/events and arch/x86/kvm/mmu/mmutrace.h of Linux.
 */

import { LARGE_PAGE } from '../../trace/entry.ts';
import { EventBytes } from './bytes.ts';
import { LineText } from './line-text.ts';
import { type EntryFormat, type EntryReader, type EntrySink, MOST_TEXT } from './reader.ts';

/** One of the events and what stands behind its name: nothing yet, or the beginning of its values, not prose. */
const EVENT =
  /(?:^|[\s:>"])(kvm_tdp_mmu_spte_changed|kvm_mmu_set_spte|kvm_mmu_split_huge_page):(\s*|\s+(?:(?:as|as_id|gfn)(?:[\s=].*)?|a|gf?|\[FAILED.*))$/s;
/** Any event: a CPU in brackets, later a time and a name. */
const ANY_EVENT = /\[\d{1,5}\]\s.*?\d\.\d+:\s+[\w:.]+:/;
/** A line that an event begins, and so no torn-off rest of another. */
const BEGINS = /\[\d{1,5}\]\s|:\s+(?:kvmmmu:)?\w+:\s/;
const LOST = /\[(?:LOST (?:(\d+) )?EVENTS|(\d+) EVENTS DROPPED)\]|LOST (\d+) events/;
/** The head of ftrace's file: fewer are there than were written where the oldest had to make room. */
const KEPT = /^#\s*entries-in-buffer\/entries-written:\s*(\d+)\/(\d+)/;
/** What whoever drives a guest writes to `trace_marker`. */
const MARK = /[:\s]eptsweep (?:step (\d{1,9})|(end))\s*$/;
const QUOTES = /^(?:\s{0,4}>)+\s?/;
/** `gfn 1151b`, `gfn=0x1151b`: values by name. */
const VALUE =
  /\b(as id|as_id|gfn|level|old_spte|new_spte|spte)\s*[ =]\s*(0x)?([0-9a-f]{1,16})(?![0-9a-z_])/gi;
/** Pieces that one event is torn into, at most. */
const MOST_PIECES = 4;
/** Children of a large page. */
const CHILDREN = 512;
const CHANGED = 'kvm_tdp_mmu_spte_changed';
const SPLIT = 'kvm_mmu_split_huge_page';
const ERROR = /\berrno\s*[ =]\s*(-?\d+)/;

/** The beginning of an event whose rest has not come yet. */
interface Torn {
  readonly name: string;
  readonly body: string;
  readonly number: number;
  readonly pieces: number;
}

/** Where an entry stands. */
interface Place {
  readonly line: number;
  readonly gfn: number;
  readonly level: number;
}

class EventReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();
  readonly #fast = new EventBytes();
  #torn: Torn | undefined;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    // What a live reader wants besides, the fast way does not look at.
    const isPlain = this.#torn === undefined && !this.#sink.live;
    if (isPlain && this.#fast.read(bytes, start, end, number, this.#sink)) return;
    this.#slowly(this.#text.of(bytes, start, end), number);
  }

  #slowly(raw: string, number: number): void {
    // Most lines are other events: looks for letters spare them expressions, here and below.
    const text = (raw.includes('>') ? raw.replace(QUOTES, '') : raw).trimEnd();
    const event = text.includes('mmu_') ? EVENT.exec(text) : null;
    if (this.#torn && this.#mended(this.#torn, event ? undefined : text)) return;
    if (event) this.#take({ name: event[1]!, body: event[2]!, number, pieces: 1 }, text);
    else this.#other(text, number);
  }

  /** @returns whether the text is the rest of the torn event */
  #mended(torn: Torn, text: string | undefined): boolean {
    this.#torn = undefined;
    // An empty line ends a paragraph of a mail, never an event.
    if (text === undefined || text === '' || BEGINS.test(text) || LOST.test(text)) {
      this.#odd(torn.number, `${torn.name}:${torn.body}`);
      return false;
    }
    const { pieces } = torn;
    const whole = { ...torn, body: `${torn.body} ${text}`, pieces: pieces + 1 };
    if (!this.#goesOn(whole)) {
      this.#odd(torn.number, `${torn.name}:${torn.body}`);
      return false;
    }
    return true;
  }

  #take(event: Torn, text: string): void {
    if (!this.#goesOn(event)) this.#odd(event.number, text);
  }

  #odd(line: number, text: string): void {
    this.#sink.truncate(line, text);
    this.#sink.live?.({ kind: 'odd', line, text: text.trim().slice(0, MOST_TEXT) });
  }

  /**
   * Adds the entry; or keeps what there is for the next line.
   *
   * @returns false where neither can be
   */
  #goesOn(event: Torn): boolean {
    const values = new Map<string, bigint>();
    for (const [, key, prefix, digits] of event.body.matchAll(VALUE)) {
      const isDecimal = /^(?:as|level)/i.test(key!) && !prefix;
      if (isDecimal && !/^\d+$/.test(digits!)) return false;
      values.set(key!.toLowerCase(), BigInt(isDecimal ? digits! : `0x${digits}`));
    }
    const gfn = values.get('gfn');
    const level = values.get('level');
    const entry = values.get(event.name === CHANGED ? 'new_spte' : 'spte');
    const isSplit = event.name === SPLIT;
    const error = ERROR.exec(event.body)?.[1];
    const isWhole = !isSplit || error !== undefined;
    if (gfn === undefined || level === undefined || entry === undefined || !isWhole) {
      if (event.pieces === MOST_PIECES) return false;
      this.#torn = event;
      return true;
    }
    const space = Number(values.get('as id') ?? values.get('as_id') ?? 0n);
    if (gfn >> 52n !== 0n || level < 1n || level > 5n || space > 255) return false;
    const place = { line: event.number, gfn: Number(gfn), level: Number(level) };
    if (!isSplit) {
      this.#add(place, space, entry);
      // `kvm_mmu_set_spte` shows the same entry again.
      const before = values.get('old_spte');
      if (before !== undefined) this.#sink.live?.({ kind: 'change', ...place, space, before, after: entry });
    } else if (error === '0') this.#addSplit(place, entry);
    return true;
  }

  #add({ line, gfn, level }: Place, space: number, entry: bigint): void {
    this.#sink.add(line, space, gfn, level, Number(entry & 0xffffffffn), Number(entry >> 32n));
  }

  /** The children inherit; the event of the table that takes the place of the large entry does not show them. */
  #addSplit(place: Place, entry: bigint): void {
    const { line, gfn, level } = place;
    if (level !== 2 && level !== 3) return;
    this.#sink.splits += 1;
    this.#sink.live?.({ kind: 'split', ...place, entry });
    const frames = level === 3 ? CHILDREN : 1;
    const small = level === 3 ? entry : entry & ~BigInt(LARGE_PAGE);
    for (let child = 0; child < CHILDREN; child++) {
      const offset = child * frames;
      this.#add({ line, gfn: gfn + offset, level: level - 1 }, 0, small + (BigInt(offset) << 12n));
    }
  }

  #other(text: string, line: number): void {
    const { live } = this.#sink;
    const mark = live && MARK.exec(text);
    if (mark) {
      live(mark[2] ? { kind: 'end', line } : { kind: 'step', line, step: Number(mark[1]) });
      return;
    }
    const kept = text.startsWith('#') ? KEPT.exec(text) : null;
    if (kept) {
      this.#lost(Number(kept[2]) - Number(kept[1]), line);
      return;
    }
    const lost = text.includes('LOST') || text.includes('EVENTS') ? LOST.exec(text) : null;
    if (lost) {
      const count = lost[1] ?? lost[2] ?? lost[3];
      this.#lost(count === undefined ? undefined : Number(count), line);
    } else if (ANY_EVENT.test(text)) this.#sink.otherEvents += 1;
  }

  /** @param events - undefined: the recorder does not know how many */
  #lost(events: number | undefined, line: number): void {
    if (events === 0) return;
    this.#sink.lostEvents += events ?? 1;
    this.#sink.live?.({ kind: 'lost', line, events });
  }

  finish(): void {
    if (this.#torn) this.#odd(this.#torn.number, `${this.#torn.name}:${this.#torn.body}`);
  }
}

function format(name: string, title: string, matches: (head: string) => boolean): EntryFormat {
  return { name, title, isKvm: true, matches, open: (sink) => new EventReader(sink) };
}

/** `perf script`: the event's system stands in front of its name. */
export const perfScript = format('perf', 'perf script, events kvmmmu:*', (head) =>
  /\d\.\d+:\s+kvmmmu:\w+:/.test(head),
);

/** `trace-cmd report`: no flags behind the CPU. */
export const traceCmd = format('trace-cmd', 'trace-cmd report, events kvmmmu:*', (head) =>
  /^cpus=\d+|\[\d{1,5}\]\s+\d+\.\d+:\s+\w+:/m.test(head),
);

/** The tracing file system's own text. */
export const ftrace = format('ftrace', '/sys/kernel/tracing/trace and trace_pipe, events kvmmmu:*', (head) =>
  /^# tracer:|\[\d{1,5}\]\s+\S{4,5}\s+\d+\.\d+:\s+\w+:|\bkvm_(?:tdp_mmu_spte_changed|mmu_set_spte):/m.test(
    head,
  ),
);
