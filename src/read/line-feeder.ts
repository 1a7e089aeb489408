/**
 * Gives each line of a text to the readers that want it, and puts together what mail programs tore apart.
 * Most lines of a log concern nobody: one regular expression passes them over before anything is cleaned.
 */
import { Dress } from './dress/dress.ts';
import { LEADS, NARROWEST } from './dress/fold.ts';
import { hostOf } from './dress/host-of.ts';
import { Journal, type JournalRecord } from './dress/journal.ts';
import { foundPrefix, holdsSeveral, PrefixShapes } from './dress/prefix-shape.ts';
import { NARROW, Residue } from './dress/residue.ts';
import { Coverage } from './facts/coverage.ts';
import { type Facts, NO_FACTS } from './facts/facts.ts';
import { HostReaders } from './host-readers.ts';
import { cleanLine, cleanText, joinedLine, type Line, unquoted } from './line.ts';
import type { Claim, LineFormat, LineReader, ReadContext } from './reader.ts';

/** A line that may go on in the next one. */
interface Torn {
  readonly line: Line;
  /** A reader knows that it does. */
  readonly isSure: boolean;
  /** The reader that knows it. */
  readonly owner?: LineReader | undefined;
}

/** Comma-separated registers, behind a prefix that nobody knows. */
const CSV_ROW = /0x0{0,5}(?:2[0-9a-f]{2}|fe),0x[0-9a-f]/;

/** Programs break lines of quoted-printable as late as they may, and no line may be longer than 76 characters. */
const SHORTEST_SOFT = 70;
const LONGEST_SOFT = 76;
/** A line that soft breaks cut loses its tail behind so many characters: a page that is mailed may be one line. */
const MOST_SOFT = 1 << 18;

/** What facts say, without names and places; empty: nothing. */
function fingerprint(facts: Facts): string {
  const all = [facts.registers, ...[...facts.cpus.values()].map(({ registers }) => registers)];
  const registers = all.flatMap((one) =>
    [...one.values()].map(({ msr, value, known }) => `${msr}=${value}/${known}`),
  );
  const ram = facts.ram.map(({ start, end, kind }) => `${start}-${end} ${kind}`);
  const maps = facts.maps.flatMap(({ ranges }) =>
    ranges.map(({ start, end, type }) => `${start}-${end} ${type}`),
  );
  const others = [
    ...facts.widths.map(({ bits }) => `${bits} bits`),
    ...facts.messages.map(({ text }) => text),
  ];
  return [...registers, ...ram, ...maps, ...others].join();
}

/** Whether a line ends in a soft break of quoted-printable: one `=` (a second would be escaped). */
function endsSoftly(raw: string): boolean {
  const end = raw.endsWith('\r') ? raw.length - 1 : raw.length;
  if (raw.charCodeAt(end - 1) !== 0x3d || raw.charCodeAt(end - 2) === 0x3d) return false;
  return (end >= SHORTEST_SOFT && end <= LONGEST_SOFT) || /=(?:3D|20|09|0A|C2|E2)/.test(raw);
}

/** What soft breaks cut, with one more piece. */
const withPiece = (text: string, piece: string): string => (text.length < MOST_SOFT ? text + piece : text);

const FILLED = /\S/;

/** Ends what is said of a text that was cut; no reason why nothing is read of it. */
export const JOINED = 'and are joined again';

/** What is said where lines that were cut at a column were put together. */
export function joinedAgain(column: number, file: string): Facts {
  const severity = column < NARROW ? 'warning' : 'note';
  const text = `the lines were cut at column ${column} ${JOINED}`;
  return { ...NO_FACTS, messages: [{ severity, text, at: { file, line: 1 } }] };
}

/** Of a line of which only what it says is asked. */
const NO_NUMBER = 0;

/** Feeds the readers of one file. */
export class LineFeeder {
  readonly #formats: readonly LineFormat[];
  readonly #isUndressed: boolean;
  readonly #context: ReadContext;
  readonly #hosts: HostReaders;
  readonly #hint: RegExp;
  readonly #dress: Dress;
  readonly #journal: Journal;
  readonly #shapes = new PrefixShapes();
  readonly #coverage: Coverage;
  readonly #residue = new Residue();
  #readLines = 0;
  /** The last line that is not blank. */
  #lastFilled = 0;
  /** A raw line that a soft break ended, and the number of its first piece. */
  #soft: { raw: string; number: number } | undefined;
  #torn: Torn | undefined;
  /** The reader that answered `more` last. */
  #asked: LineReader | undefined;
  /** The line before, if nobody took it. */
  #before: { text: string; number: number } | undefined;

  /** @param isUndressed - something was undone to the lines before they come here */
  constructor(formats: readonly LineFormat[], context: ReadContext, isUndressed = false) {
    this.#isUndressed = isUndressed;
    this.#formats = formats;
    this.#context = context;
    this.#hosts = new HostReaders(formats, context);
    this.#coverage = new Coverage(context.file);
    this.#hint = new RegExp([...formats.map((format) => format.hint.source), CSV_ROW.source].join('|'));
    const judge = {
      meaningOf: (text: string) => this.#meaningOf(text),
      isPrefixed: (text: string) => cleanText(text, NO_NUMBER).prefixed || foundPrefix(text) !== undefined,
    };
    this.#dress = new Dress(
      judge,
      (text, number) => {
        const isTaken = this.#take(text, number);
        this.#residue.push(text, number, isTaken);
        return isTaken;
      },
      (text, numbers) => this.#lose(text, numbers),
    );
    this.#journal = new Journal((text, number) => this.#dress.push(text, number));
  }

  /** Lines that were found to be the rests of others. */
  get joinedLines(): number {
    return this.#dress.joined;
  }

  /** Lines that say something. */
  get readLines(): number {
    return this.#readLines;
  }

  /**
   * Takes the next line.
   *
   * @param raw - without its line feed
   * @param number - of the line, from 1
   * @param last - of its last piece, where it was cut
   */
  feed(raw: string, number: number, last = number): void {
    if (FILLED.test(raw)) this.#lastFilled = last;
    if (this.#journal.push(raw, number)) return;
    if (this.#soft) this.#feedSoftlyBroken(raw, number);
    else if (endsSoftly(raw)) this.#hold('', raw, number);
    else this.#dress.push(raw, number);
  }

  /** @param record - of a journal, which starts at line `number` */
  feedRecord(record: JournalRecord, number: number): void {
    this.#lastFilled = number;
    this.#journal.record(record, number);
  }

  /** @param first - what soft breaks left of the line so far, which starts at line `number` */
  #hold(first: string, raw: string, number: number): void {
    // An escaped line feed before the break: the line ends here after all.
    const hard = /=0A=\r?$/.test(raw);
    const text = withPiece(first, raw.replace(/(?:=0A)?=\r?$/, ''));
    if (hard) this.#dress.push(text, number);
    else this.#soft = { raw: text, number };
  }

  #feedSoftlyBroken(raw: string, number: number): void {
    const { raw: first, number: firstNumber } = this.#soft!;
    this.#soft = undefined;
    if (cleanLine(raw, number).prefixed) {
      // A line that happens to end in "=", not a break.
      this.#dress.push(`${first}=`, firstNumber);
      this.feed(raw, number);
      return;
    }
    if (endsSoftly(raw)) this.#hold(first, raw, firstNumber);
    else this.#dress.push(withPiece(first, raw), firstNumber, { raw, number });
  }

  /** Pieces of a text that was cut, of which nothing could be made. Wider ones are judged by what they say. */
  #lose(text: string, numbers: readonly number[]): void {
    if ((this.#dress.column ?? NARROW) <= NARROW && this.#hint.test(text)) {
      this.#coverage.lost(numbers);
    }
  }

  /** What a text means to the readers, whatever stood before it: see {@link FoldJudge}. */
  #meaningOf(text: string): string {
    if (holdsSeveral(text)) return '';
    const prefix = foundPrefix(text);
    for (const one of prefix === undefined ? [text] : [text, text.slice(prefix.length)]) {
      const line = cleanText(one, NO_NUMBER);
      // Most pieces concern nobody: one look tells that, where each format has its own hint.
      if (!(this.#hint.test(one) || this.#hint.test(line.text))) continue;
      for (const format of this.#formats) {
        const meaning = this.#meaningFor(format, one, line);
        if (meaning !== '') return meaning;
      }
    }
    return '';
  }

  #meaningFor(format: LineFormat, text: string, line: Line): string {
    if (!(format.hint.test(text) || format.hint.test(line.text))) return '';
    const reader = format.open(this.#context);
    if (reader.read(line) !== true) return '';
    if (reader.awaits) return LEADS;
    const told = fingerprint(reader.finish(NO_NUMBER));
    // The same zeros may be of one register alone, and of another tool's line that goes on.
    return told === '' ? '' : `${format.name} ${told}`;
  }

  /** @returns whether a reader wanted the line */
  #take(quoted: string, number: number): boolean {
    const text = unquoted(quoted);
    const before = this.#before;
    this.#before = { text, number };
    const prefix = this.#shapes.lengthOf(text);
    if (!this.#torn && !this.#hint.test(text) && (prefix === 0 || !this.#hint.test(text.slice(prefix)))) {
      return false;
    }
    const torn = this.#torn;
    this.#torn = undefined;
    const cleaned = cleanText(text, number);
    // What a learned prefix begins is the rest of no line.
    const isBegun = this.#shapes.lengthOf(text, true) > 0;
    const line = isBegun ? { ...cleaned, prefixed: true } : cleaned;
    let isMended = torn?.isSure === true && this.#mends(torn, line);
    const isRead = !isMended && this.#reads(text, line);
    if (!isMended && !isRead) {
      isMended = torn ? this.#mends(torn, line) : before !== undefined && this.#endsBefore(before, line);
    }
    const isTaken = isMended || isRead;
    if (isTaken) {
      // A line that goes on still is counted with its end.
      const isWhole = this.#torn === undefined;
      this.#readLines += isMended && isWhole ? 2 : 1;
      if (isWhole) this.#coverage.used();
      this.#before = undefined;
    }
    if (torn && !isMended) this.#giveUp(torn);
    return isTaken;
  }

  /** A line that would have gone on does not. */
  #giveUp({ line, owner }: Torn): void {
    this.#coverage.missed(line);
    owner?.torn?.(line);
  }

  /** Whether a reader takes the line; where it may be torn it is kept. */
  #reads(text: string, line: Line): boolean {
    const more: { line: Line; owner: LineReader | undefined }[] = [];
    let last = line;
    for (const one of this.#readings(text, line)) {
      const claim = this.#offer(one, text);
      if (claim === true) return true;
      if (claim === 'more') more.push({ line: one, owner: this.#asked });
      last = one;
    }
    const isSure = more.length > 0;
    if (isSure || this.#hint.test(text))
      this.#torn = { line: more[0]?.line ?? last, isSure, owner: more[0]?.owner };
    return false;
  }

  /** Whether the line is the rest of the one before, of which alone nobody could say anything. */
  #endsBefore({ text, number }: { text: string; number: number }, rest: Line): boolean {
    const first = cleanText(text, number);
    // Nothing has no rest.
    if (first.text === '') return false;
    return [first, ...this.#withoutShapes(text, number)].some((line) =>
      this.#mends({ line, isSure: true }, rest),
    );
  }

  /** The line as it is, and without each prefix that the file has shown so far. */
  *#readings(text: string, line: Line): IterableIterator<Line> {
    yield line;
    yield* this.#withoutShapes(text, line.number);
    if (this.#shapes.learn(text)) yield* this.#withoutShapes(text, line.number);
  }

  *#withoutShapes(text: string, number: number): IterableIterator<Line> {
    for (const { prefix, rest } of this.#shapes.without(text)) {
      const line = cleanText(rest, number);
      if (line.text !== '') yield { ...line, prefixed: true, host: hostOf(prefix) ?? line.host };
    }
  }

  /** What the first format says that takes the line, or would with the next one. */
  #offer(line: Line, text: string): Claim {
    for (const { format, reader } of this.#hosts.of(line.host)) {
      if (!format.hint.test(text) && !format.hint.test(line.text)) continue;
      const claim = reader().read(line);
      if (claim === false) continue;
      if (claim === true) this.#hosts.claimed(line.host);
      else this.#asked = reader();
      return claim;
    }
    return false;
  }

  /** Whether the line is the rest of a torn one: torn between words, or inside one. */
  #mends({ line, isSure }: Torn, rest: Line): boolean {
    if (rest.prefixed || rest.text === '' || this.#meaningOf(rest.text) !== '') return false;
    for (const glue of [' ', '']) {
      const joined = joinedLine(line, rest, glue);
      const claim = this.#offer(joined, joined.text);
      if (claim === true) {
        // Of the rest alone it was not clear.
        this.#torn = undefined;
        return true;
      }
      if (claim === 'more' && isSure) {
        this.#torn = { line: joined, isSure, owner: this.#asked };
        return true;
      }
    }
    return false;
  }

  finish(): Facts[] {
    this.#journal.finish();
    if (this.#soft) this.#dress.push(this.#soft.raw, this.#soft.number);
    this.#dress.finish();
    if (this.#torn) this.#giveUp(this.#torn);
    const { column } = this.#dress;
    if (column !== undefined && column < NARROWEST) return [this.#tooNarrow(column, NARROWEST)];
    const cut = this.#residue.cutOf((text) => this.#cleaned(text));
    if (cut?.isCertain && cut.column < NARROW) return [this.#tooNarrow(cut.column, NARROW)];
    if (cut) this.#coverage.lost(cut.silent);
    return [
      ...this.#hosts.finish(this.#lastFilled),
      this.#coverage.facts(this.#isDressed),
      ...this.#foldFacts(),
    ];
  }

  get #isDressed(): boolean {
    return this.#isUndressed || !this.#shapes.isEmpty || this.#dress.column !== undefined;
  }

  #cleaned(quoted: string): { readonly text: string; readonly isPrefixed: boolean } {
    const learned = this.#shapes.lengthOf(quoted);
    const { indent, text, prefixed } = cleanText(quoted.slice(learned), NO_NUMBER);
    return { text: text === '' ? '' : ' '.repeat(indent) + text, isPrefixed: prefixed || learned > 0 };
  }

  #tooNarrow(column: number, least: number): Facts {
    const text =
      `the lines were cut at column ${column}: so narrowly that pieces of values look like whole ones; ` +
      `expected at least ${least} columns: take the text again without line breaks of its own`;
    return {
      ...NO_FACTS,
      messages: [{ severity: 'error', text, at: { file: this.#context.file, line: 1 } }],
    };
  }

  #foldFacts(): Facts[] {
    const { column } = this.#dress;
    if (column === undefined) return [];
    return [joinedAgain(column, this.#context.file)];
  }
}
