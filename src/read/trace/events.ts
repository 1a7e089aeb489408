/**
 * KVM's trace events as ftrace, `trace-cmd report` and `perf script` print them, and as mail programs leave them:
 * quoted, torn, with carriage returns. Formats: include/trace/events and arch/x86/kvm/mmu/mmutrace.h of Linux.
 */

import { EventBytes } from './bytes.ts';
import { LineText } from './line-text.ts';
import type { EntryFormat, EntryReader, EntrySink } from './reader.ts';

/** One of the two events and what stands behind its name: nothing yet, or the beginning of its values, not prose. */
const EVENT =
  /(?:^|[\s:>"])(kvm_tdp_mmu_spte_changed|kvm_mmu_set_spte):(\s*|\s+(?:(?:as|as_id|gfn)(?:[\s=].*)?|a|gf?|\[FAILED.*))$/s;
/** Any event: a CPU in brackets, later a time and a name. */
const ANY_EVENT = /\[\d{1,5}\]\s.*?\d\.\d+:\s+[\w:.]+:/;
/** A line that an event begins, and so no torn-off rest of another. */
const BEGINS = /\[\d{1,5}\]\s|:\s+(?:kvmmmu:)?\w+:\s/;
const LOST = /\[(?:LOST (\d+) EVENTS|(\d+) EVENTS DROPPED)\]|LOST (\d+) events/i;
const QUOTES = /^(?:\s{0,4}>)+\s?/;
/** `gfn 1151b`, `gfn=0x1151b`: values by name. */
const VALUE =
  /\b(as id|as_id|gfn|level|old_spte|new_spte|spte)\s*[ =]\s*(0x)?([0-9a-f]{1,16})(?![0-9a-z_])/gi;
/** Pieces that one event is torn into, at most. */
const MOST_PIECES = 4;

/** The beginning of an event whose rest has not come yet. */
interface Torn {
  readonly name: string;
  readonly body: string;
  readonly number: number;
  readonly pieces: number;
}

type Outcome = 'entry' | 'more' | 'odd';

class EventReader implements EntryReader {
  readonly #sink: EntrySink;
  readonly #text = new LineText();
  readonly #fast = new EventBytes();
  #torn: Torn | undefined;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(bytes: Uint8Array, start: number, end: number, number: number): void {
    if (this.#torn === undefined && this.#fast.read(bytes, start, end, number, this.#sink)) return;
    this.#slowly(this.#text.of(bytes, start, end), number);
  }

  #slowly(raw: string, number: number): void {
    const text = (raw.includes('>') ? raw.replace(QUOTES, '') : raw).trimEnd();
    const event = text.includes('spte') ? EVENT.exec(text) : null;
    if (this.#torn && this.#mended(this.#torn, event ? undefined : text)) return;
    if (event) this.#take({ name: event[1]!, body: event[2]!, number, pieces: 1 }, text);
    else if (text.includes('[')) this.#other(text);
  }

  /** @returns whether the text is the rest of the torn event */
  #mended(torn: Torn, text: string | undefined): boolean {
    this.#torn = undefined;
    // An empty line ends a paragraph of a mail, never an event.
    if (text === undefined || text === '' || BEGINS.test(text) || LOST.test(text)) {
      this.#sink.truncate(torn.number, `${torn.name}:${torn.body}`);
      return false;
    }
    const { pieces } = torn;
    const whole = { ...torn, body: `${torn.body} ${text}`, pieces: pieces + 1 };
    if (this.#outcome(whole) === 'odd') {
      this.#sink.truncate(torn.number, `${torn.name}:${torn.body}`);
      return false;
    }
    return true;
  }

  #take(event: Torn, text: string): void {
    if (this.#outcome(event) === 'odd') this.#sink.truncate(event.number, text);
  }

  /** Adds the entry; or keeps what there is for the next line. */
  #outcome(event: Torn): Outcome {
    const values = new Map<string, bigint>();
    for (const [, key, prefix, digits] of event.body.matchAll(VALUE)) {
      const isDecimal = /^(?:as|level)/i.test(key!) && !prefix;
      if (isDecimal && !/^\d+$/.test(digits!)) return 'odd';
      values.set(key!.toLowerCase(), BigInt(isDecimal ? digits! : `0x${digits}`));
    }
    const isChange = event.name === 'kvm_tdp_mmu_spte_changed';
    const gfn = values.get('gfn');
    const level = values.get('level');
    const entry = values.get(isChange ? 'new_spte' : 'spte');
    if (gfn === undefined || level === undefined || entry === undefined) {
      if (event.pieces === MOST_PIECES) return 'odd';
      this.#torn = event;
      return 'more';
    }
    const space = values.get('as id') ?? values.get('as_id') ?? 0n;
    if (gfn >> 52n !== 0n || level < 1n || level > 5n || space > 255n) return 'odd';
    const low = Number(entry & 0xffffffffn);
    this.#sink.add(event.number, Number(space), Number(gfn), Number(level), low, Number(entry >> 32n));
    return 'entry';
  }

  #other(text: string): void {
    const lost = text.includes('EVENTS') || text.includes('LOST') ? LOST.exec(text) : null;
    if (lost) this.#sink.lostEvents += Number(lost[1] ?? lost[2] ?? lost[3]);
    else if (ANY_EVENT.test(text)) this.#sink.otherEvents += 1;
  }

  finish(): void {
    if (this.#torn) this.#sink.truncate(this.#torn.number, `${this.#torn.name}:${this.#torn.body}`);
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
