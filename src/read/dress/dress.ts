/** Cuts of the lines of a text at a column, undone. Its first lines wait until that is known. */
import { unquoted } from '../line.ts';
import { type Fold, type FoldJudge, foldedAt, joinedPieces } from './fold.ts';
import { plainText, shownLines } from './plain-text.ts';

/** Lines, and characters, that are looked at before the first is handed on. */
const HEAD_LINES = 4096;
const HEAD_CHARACTERS = 1 << 18;
const MOST_PIECES = 64;

/** A line, and what to read where it says nothing. */
interface Given {
  /** As it stands in the text. */
  readonly raw: string;
  /** With plain characters. */
  readonly text: string;
  readonly number: number;
  readonly otherwise?: { readonly raw: string; readonly number: number } | undefined;
}

/** Takes lines of a file as they come, and hands them on as they were printed. */
export class Dress {
  readonly #judge: FoldJudge;
  readonly #read: (text: string, number: number) => boolean;
  readonly #lost: (text: string, numbers: readonly number[]) => void;
  #head: Given[] | undefined = [];
  #characters = 0;
  #cut: { readonly column: number; readonly isRaw: boolean } | undefined;
  #pieces: Given[] = [];
  #joined = 0;

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
    return this.#cut?.column;
  }

  /** Lines that were found to be the rests of others. */
  get joined(): number {
    return this.#joined;
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
      this.#unfold(given);
      return;
    }
    this.#head.push(given);
    this.#characters += given.text.length;
    if (this.#head.length >= HEAD_LINES || this.#characters >= HEAD_CHARACTERS) this.#settle();
  }

  #settle(): void {
    const head = this.#head ?? [];
    this.#head = undefined;
    const bare = foldedAt(
      head.map(({ text }) => unquoted(text)),
      this.#judge,
    );
    const raw = this.#rawFold(head);
    // It was cut as it stands, quoting, escapes and all.
    const isRaw = raw !== undefined && (bare === undefined || raw.proofs > bare.proofs);
    const fold = isRaw ? raw : bare;
    if (fold) this.#cut = { column: fold.column, isRaw };
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

  #unfold(given: Given): void {
    const { raw, text, number } = given;
    if (this.#cut === undefined) {
      this.#hand(given);
      return;
    }
    const { column, isRaw } = this.#cut;
    const bare = isRaw ? raw : unquoted(text);
    const continues =
      this.#pieces.length > 0 && bare.length <= column && bare.trim() !== '' && !this.#judge.isPrefixed(bare);
    if (!continues) this.#flush();
    if (!continues && bare.length !== column) {
      this.#hand({ ...given, text: plainText(bare) });
      return;
    }
    this.#pieces.push({ raw, text: bare, number });
    if (bare.length !== column || this.#pieces.length === MOST_PIECES) this.#flush();
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
      if (this.#read(plainText(text), pieces[first]!.number)) this.#joined += end - first - 1;
      else this.#readLongest(pieces.slice(first, end));
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
    this.#flush();
  }
}
