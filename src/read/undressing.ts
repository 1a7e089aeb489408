/**
 * Gives the lines of a text to its readers in the way in which they make most of it: as they stand, without what all of them
 * begin with, or put together again where a column cut them. The first lines are tried in each way.
 */
import type { JournalRecord } from './dress/journal.ts';
import { plainText, shownLines } from './dress/plain-text.ts';
import { inTurn, type Piece, type Step, undone } from './dress/steps.ts';
import { type Way, waysOf } from './dress/ways.ts';
import type { Facts } from './facts/facts.ts';
import { joinedAgain, LineFeeder } from './line-feeder.ts';
import type { LineFormat, ReadContext } from './reader.ts';

/** Lines, and characters, that are tried. */
const HEAD_LINES = 4096;
const HEAD_CHARACTERS = 1 << 17;
/** Characters that all trials together read. */
const MOST_TRIED = 1 << 21;

/** By so much more of a text has to be read for something to be undone, and for less to be told. */
const LEAST_GAIN = 0.005;
const MUCH_GAIN = 0.4;

/** Of the lines: so many are as good as all. */
const ALL_BUT_FEW = 0.95;

/** Of what another way tells; numbers before the lines may be taken for more. */
const LEAST_TOLD = 0.5;

const AS_IT_STANDS: Way = { steps: [], isSure: false };

/** What a way makes of the first lines. */
interface Trial {
  readonly way: Way;
  /** Registers and ranges. */
  readonly told: number;
  /** What they are, in some spelling. */
  readonly values: string;
  /** Lines that say something. */
  readonly read: number;
  /** Their share of all lines. */
  readonly share: number;
  /** Lines that readers put together by themselves. */
  readonly joined: number;
}

function toldBy(facts: readonly Facts[]): Pick<Trial, 'told' | 'values'> {
  const told = new Set<string>();
  const values: string[] = [];
  for (const { registers, cpus, ram, maps, widths } of facts) {
    // A number before a line may look like a CPU's: more of them are no more registers.
    for (const own of [registers, ...[...cpus.values()].map((cpu) => cpu.registers)])
      for (const { msr, value, known } of own.values()) {
        told.add(`register ${msr}`);
        values.push(`${msr} ${value} ${known}`);
      }
    for (const { start, end, name } of ram) {
      told.add(`${start}-${end}`);
      values.push(`${start} ${name}`);
    }
    for (const { ranges } of maps)
      for (const { start, end, type } of ranges) told.add(`${start}-${end} ${type}`);
    for (const { bits } of widths) told.add(`${bits} bits`);
  }
  return { told: told.size, values: [...told, ...values].join() };
}

/** The way by which more is told, if as much is read; by which more is read, if as much is told, or if it is much more. */
function better(best: Trial, other: Trial): Trial {
  const gain = other.share - best.share;
  if (other.told !== best.told)
    return gain > (other.told > best.told ? -MUCH_GAIN : MUCH_GAIN) ? other : best;
  return gain > LEAST_GAIN ? other : best;
}

/** Whether pieces put together say nothing that they do not say alone. */
function joinsInVain({ way, values, read }: Trial, others: readonly Trial[]): boolean {
  return (
    way.cut !== undefined && others.some((one) => !one.way.cut && one.values === values && one.read >= read)
  );
}

/** Between the bytes of a file and the readers of its lines. */
export class Undressing {
  readonly #formats: readonly LineFormat[];
  readonly #context: ReadContext;
  #feeder: LineFeeder | undefined;
  #head: Piece[] = [];
  #characters = 0;
  #way = AS_IT_STANDS;
  #step: Step | undefined;
  #number = 0;

  constructor(formats: readonly LineFormat[], context: ReadContext) {
    this.#formats = formats;
    this.#context = context;
  }

  /** @param text - the next line, without its line feed; `number` where lines are not counted here */
  feed(text: string, number: number = this.#number + 1): void {
    this.#number = Math.max(this.#number, number);
    const piece = { text, number, last: number };
    if (this.#feeder !== undefined) {
      this.#give(piece);
      return;
    }
    this.#head.push(piece);
    this.#characters += text.length;
    if (this.#head.length >= HEAD_LINES || this.#characters >= HEAD_CHARACTERS) this.#settle();
  }

  /** @param record - of a journal, which starts at line `number` */
  feedRecord(record: JournalRecord, number: number): void {
    this.#settle().feedRecord(record, number);
  }

  #give(piece: Piece): void {
    if (this.#step === undefined) this.#feeder!.feed(piece.text, piece.number);
    else for (const bare of bareOf(piece)) feedAll(this.#feeder!, this.#step.push(bare));
  }

  #settle(): LineFeeder {
    if (this.#feeder !== undefined) return this.#feeder;
    const head = this.#head;
    this.#head = [];
    this.#way = this.#bestOf(head);
    const { steps, host } = this.#way;
    if (steps.length > 0) this.#step = inTurn(steps);
    // What named the host is gone.
    const isNamed = host !== undefined && host === this.#context.host;
    this.#feeder = new LineFeeder(
      this.#formats,
      isNamed ? { ...this.#context, host: undefined } : this.#context,
      steps.length > 0,
    );
    for (const piece of head) this.#give(piece);
    return this.#feeder;
  }

  #bestOf(head: readonly Piece[]): Way {
    const bare = head.flatMap(bareOf);
    const ways = waysOf(bare).slice(0, MOST_TRIED / this.#characters);
    if (ways.length === 0) return AS_IT_STANDS;
    const stands = this.#tried(AS_IT_STANDS, bare);
    // What is put together with what all lines begin with in the middle of it is nobody's line.
    const isGlued = stands.joined > 0 && ways.some(({ cut }) => cut === undefined);
    // Where about every line says something none is the rest of another: commands and their values may look as if.
    const isWhole = stands.joined === 0 && stands.share >= ALL_BUT_FEW;
    const tried = ways.filter(({ cut }) => !(cut && isWhole)).map((way) => this.#tried(way, bare));
    const others = tried
      .filter((trial) => !joinsInVain(trial, [stands, ...tried]))
      .filter(({ told, share }) => (isGlued ? told > 0 : share >= stands.share));
    const all = isGlued && others.length > 0 ? others : [stands, ...others];
    const sure = all.filter(({ way, told }) => way.isSure && told > 0);
    const trials = sure.length > 0 ? sure : all;
    const told = Math.max(...trials.map((trial) => trial.told));
    return trials.filter((trial) => trial.told >= told * LEAST_TOLD).reduce(better).way;
  }

  #tried(way: Way, head: readonly Piece[]): Trial {
    const feeder = new LineFeeder(this.#formats, { ...this.#context, host: undefined });
    const lines = undone(head, way.steps);
    feedAll(feeder, lines);
    const { told, values } = toldBy(feeder.finish());
    const read = feeder.readLines;
    const filled = lines.filter(({ text }) => text.trim() !== '').length;
    const joined = feeder.joinedLines;
    return { way, told, values, read, joined, share: read / (filled - joined) };
  }

  finish(): Facts[] {
    const feeder = this.#settle();
    if (this.#step) feedAll(feeder, this.#step.finish());
    const facts = feeder.finish();
    const { cut } = this.#way;
    return cut ? [...facts, joinedAgain(cut.column, this.#context.file)] : facts;
  }
}

/** The lines that are shown of one, without markup and in plain characters. */
function bareOf(piece: Piece): readonly Piece[] {
  const text = piece.text.endsWith('\r') ? piece.text.slice(0, -1) : piece.text;
  if (!/[<&]|[^\x00-\x7f]/.test(text)) return [{ ...piece, text }];
  return shownLines(text).map((shown) => ({ ...piece, text: plainText(shown) }));
}

function feedAll(feeder: LineFeeder, pieces: readonly Piece[]): void {
  for (const { text, number, last } of pieces) feeder.feed(text, number, last);
}
