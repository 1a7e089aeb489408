/**
 * What was done to the lines of one text as a whole, undone: numbers before all of them, and cuts at a column. Its first
 * lines wait until that is known.
 */
import { unquoted } from '../line.ts';
import { type Cut, cutOf } from './begun.ts';
import { type Fold, type FoldJudge, foldedAt, joinedPieces } from './fold.ts';
import { numberingOf, type Unnumbered } from './numbering.ts';
import { plainText, shownLines } from './plain-text.ts';

/** Lines, and characters, that are looked at before the first is handed on. */
const HEAD_LINES = 4096;
const HEAD_CHARACTERS = 1 << 18;
const MOST_PIECES = 64;
/** Characters of a line that is put together. */
const MOST_JOINED = 4096;

/** A line, and what to read where it says nothing. */
interface Given {
  /** As it stands in the text. */
  readonly raw: string;
  /** With plain characters. */
  readonly text: string;
  readonly number: number;
  readonly otherwise?: { readonly raw: string; readonly number: number } | undefined;
}

/** A line with the piece that was cut from it. */
function withRest(begun: Given, glue: string, rest: string): Given {
  const text = unquoted(begun.text) + glue + rest;
  return { raw: text, text, number: begun.number };
}

function joinedLines(lines: readonly Given[], { glue, begins }: Cut): readonly string[] {
  const joined: string[] = [];
  for (const { text } of lines) {
    const line = unquoted(text);
    if (joined.length === 0 || begins(line)) joined.push(line);
    else joined.push(joined.pop()! + glue + line);
  }
  return joined;
}

/** Takes lines of a file as they come, and hands them on as they were printed. */
export class Dress {
  readonly #judge: FoldJudge;
  readonly #read: (text: string, number: number) => boolean;
  readonly #lost: (text: string, numbers: readonly number[]) => void;
  #head: Given[] | undefined = [];
  #characters = 0;
  #unnumbered: Unnumbered | undefined;
  #column: number | undefined;
  /** It was cut as it stands, quoting, escapes and all. */
  #isCutRaw = false;
  #pieces: Given[] = [];
  /** Lines begin alike, and those that do not are rests. */
  #cut: Cut | undefined;
  /** The line that may go on, where they do. */
  #begun: Given | undefined;
  /** The piece before. */
  #last = '';

  /**
   * @param judge - who tells what is a whole line
   * @param read - takes a line with plain characters and its number; whether it says anything
   * @param lost - told of pieces that say nothing in any way, with what they are together and their numbers
   */
  constructor(
    judge: FoldJudge,
    read: (text: string, number: number) => boolean,
    lost: (text: string, numbers: readonly number[]) => void,
  ) {
    this.#judge = judge;
    this.#read = read;
    this.#lost = lost;
  }

  /** The column at which the text was cut, once that is known. */
  get column(): number | undefined {
    return this.#cut?.column ?? this.#column;
  }

  /** All lines had numbers. */
  get isNumbered(): boolean {
    return this.#unnumbered !== undefined;
  }

  /**
   * Takes a line.
   *
   * @param raw - without its line feed
   * @param number - of the line, from 1
   * @param otherwise - what to read in its place where it says nothing
   */
  push(raw: string, number: number, otherwise?: { raw: string; number: number }): void {
    for (const shown of shownLines(raw.endsWith('\r') ? raw.slice(0, -1) : raw)) {
      this.#give({ raw: shown, text: plainText(shown), number, otherwise });
    }
  }

  #give(given: Given): void {
    if (this.#head === undefined) {
      this.#join(given);
      return;
    }
    this.#head.push(given);
    this.#characters += given.text.length;
    if (this.#head.length >= HEAD_LINES || this.#characters >= HEAD_CHARACTERS) this.#settle();
  }

  #settle(): void {
    const head = this.#head ?? [];
    this.#head = undefined;
    this.#cut = cutOf(
      head.map(({ text }) => unquoted(text)),
      (text) => this.#judge.meaningOf(text),
    );
    if (this.#cut) {
      this.#unnumbered = numberingOf(joinedLines(head, this.#cut));
      for (const given of head) this.#join(given);
      return;
    }
    this.#fold(head);
  }

  /** Looks for a column at which lines were cut whose beginnings tell nothing. */
  #fold(head: readonly Given[]): void {
    this.#unnumbered = numberingOf(head.map(({ text }) => unquoted(text)));
    const bare = foldedAt(
      head.map(({ text }) => this.#bare(text)),
      this.#judge,
    );
    const raw = this.#rawFold(head);
    this.#isCutRaw = (raw?.proofs ?? 0) > (bare?.proofs ?? 0);
    this.#column = (this.#isCutRaw ? raw : bare)?.column;
    for (const given of head) this.#unfold(given);
  }

  /** Where the text was cut with its quoting and escapes, if it has any. */
  #rawFold(head: readonly Given[]): Fold | undefined {
    if (!head.some(({ raw, text }) => raw !== unquoted(text))) return undefined;
    return foldedAt(
      head.map(({ raw }) => raw),
      { ...this.#judge, meaningOf: (text) => this.#judge.meaningOf(plainText(text)) },
    );
  }

  /** As the line was when it was cut: without quoting, and without its number. */
  #bare(text: string): string {
    const plain = unquoted(text);
    return this.#unnumbered ? this.#unnumbered(plain) : plain;
  }

  /** A line, or the rest of the one that began. */
  #join(given: Given): void {
    if (!this.#cut) {
      this.#unfold(given);
      return;
    }
    const text = unquoted(given.text);
    const begun = this.#begun;
    const isRest = text.trim() !== '' && !this.#cut.begins(text) && this.#cut.goesOn(this.#last, text);
    this.#last = text;
    if (begun && isRest && begun.text.length < MOST_JOINED) {
      this.#begun = withRest(begun, this.#cut.glue, text);
      return;
    }
    this.#endBegun();
    this.#begun = given;
  }

  #endBegun(): void {
    if (this.#begun) this.#unfold(this.#begun);
    this.#begun = undefined;
  }

  #unfold(given: Given): void {
    const { raw, text, number } = given;
    if (this.#column === undefined) {
      this.#hand(this.#unnumbered ? { ...given, text: this.#bare(text) } : given);
      return;
    }
    const bare = this.#isCutRaw ? raw : this.#bare(text);
    const continues =
      this.#pieces.length > 0 &&
      bare.length <= this.#column &&
      bare.trim() !== '' &&
      !this.#judge.isPrefixed(bare);
    if (!continues) this.#flush();
    if (!continues && bare.length !== this.#column) {
      this.#hand({ ...given, text: plainText(bare) });
      return;
    }
    this.#pieces.push({ raw, text: bare, number });
    if (bare.length !== this.#column || this.#pieces.length === MOST_PIECES) this.#flush();
  }

  #hand({ text, number, otherwise }: Given): boolean {
    return (
      this.#read(text, number) ||
      (otherwise !== undefined && this.#read(plainText(otherwise.raw), otherwise.number))
    );
  }

  #flush(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    const texts = pieces.map(({ text }) => text);
    const judge = { ...this.#judge, meaningOf: (text: string) => this.#judge.meaningOf(plainText(text)) };
    for (const { first, end, text } of joinedPieces(texts, judge)) {
      if (!this.#read(plainText(text), pieces[first]!.number)) this.#readLongest(pieces.slice(first, end));
    }
  }

  /** Of pieces that are no line together, the longest stretches that are one. */
  #readLongest(pieces: readonly Given[]): void {
    const lost: Given[] = [];
    for (let first = 0; first < pieces.length; ) {
      let end = pieces.length;
      const joined = () =>
        plainText(
          pieces
            .slice(first, end)
            .map(({ text }) => text)
            .join(''),
        );
      while (end > first && !(end - first < pieces.length && this.#read(joined(), pieces[first]!.number)))
        end--;
      if (end === first) lost.push(pieces[first]!);
      first = Math.max(end, first + 1);
    }
    const text = lost.map((piece) => piece.text).join('');
    if (text !== '')
      this.#lost(
        plainText(text),
        lost.map(({ number }) => number),
      );
  }

  /** Hands on what waits. */
  finish(): void {
    if (this.#head) this.#settle();
    this.#endBegun();
    this.#flush();
  }
}
