/**
 * A number for every frame of a space, kept as runs: no two neighbours are equal. Runs lie in chunks, so that a
 * change costs the same with a million of them as with a thousand.
 */

/** Runs of a chunk before it is split; splicing arrays of this size takes under a microsecond. */
const CHUNK_RUNS = 512;

interface Chunk {
  /** First frames, ascending. */
  readonly starts: number[];
  readonly values: number[];
}

/** Takes a run, or the part of it that was asked for. */
export type RunVisitor = (start: number, end: number, value: number) => void;

/** Index of the last element that is not above `value`; -1 where all are. */
function lastAtOrBelow(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** See the head of the file. */
export class RangeMap {
  #chunks: Chunk[];
  /** First frame of each chunk. */
  #firsts: number[];

  /**
   * @param end - frames of the space
   * @param value - what all of them have at first
   */
  constructor(
    readonly end: number,
    value: number,
  ) {
    this.#chunks = [{ starts: [0], values: [value] }];
    this.#firsts = [0];
  }

  /** Runs. */
  get size(): number {
    return this.#chunks.reduce((sum, { starts }) => sum + starts.length, 0);
  }

  /** The value of a frame. */
  at(gfn: number): number {
    const { starts, values } = this.#chunks[lastAtOrBelow(this.#firsts, gfn)]!;
    return values[lastAtOrBelow(starts, gfn)]!;
  }

  /** Visits the runs of a range, ascending, the first and last clipped to it. They must not be changed meanwhile. */
  each(start: number, end: number, visit: RunVisitor): void {
    let chunk = lastAtOrBelow(this.#firsts, start);
    let index = lastAtOrBelow(this.#chunks[chunk]!.starts, start);
    for (let from = start; from < end; ) {
      const { starts, values } = this.#chunks[chunk]!;
      const value = values[index]!;
      index += 1;
      let next = starts[index];
      if (next === undefined) {
        chunk += 1;
        index = 0;
        next = this.#firsts[chunk] ?? this.end;
      }
      const to = Math.min(next, end);
      visit(from, to, value);
      from = to;
    }
  }

  /** Gives a range, not empty, one value. */
  set(start: number, end: number, value: number): void {
    const chunk = lastAtOrBelow(this.#firsts, start);
    const first = this.#chunks[chunk]!;
    const index = lastAtOrBelow(first.starts, start);
    const after = this.at(end);
    const keepsFirst = first.starts[index]! < start;
    const before = keepsFirst ? first.values[index] : this.#valueBefore(chunk, index);
    const from = keepsFirst ? index + 1 : index;
    this.#removeBoundaries(chunk, from, end);
    const starts: number[] = [];
    const values: number[] = [];
    if (before !== value) {
      starts.push(start);
      values.push(value);
    }
    if (end < this.end && after !== value) {
      starts.push(end);
      values.push(after);
    }
    first.starts.splice(from, 0, ...starts);
    first.values.splice(from, 0, ...values);
    this.#tidy(chunk);
  }

  #valueBefore(chunk: number, index: number): number | undefined {
    if (index > 0) return this.#chunks[chunk]!.values[index - 1];
    return this.#chunks[chunk - 1]?.values.at(-1);
  }

  /** Removes the starts from a place on, up to and including `end`. */
  #removeBoundaries(chunk: number, from: number, end: number): void {
    const first = this.#chunks[chunk]!;
    const inFirst = lastAtOrBelow(first.starts, end) + 1;
    // Most often there is nothing to take out, and a splice of nothing costs an array.
    if (inFirst > from) {
      first.starts.splice(from, inFirst - from);
      first.values.splice(from, inFirst - from);
    }
    let next = chunk + 1;
    const whole = next;
    while (next < this.#chunks.length && this.#chunks[next]!.starts.at(-1)! <= end) next += 1;
    if (next > whole) {
      this.#chunks.splice(whole, next - whole);
      this.#firsts.splice(whole, next - whole);
    }
    const last = this.#chunks[whole];
    if (!last || last.starts[0]! > end) return;
    const inLast = lastAtOrBelow(last.starts, end) + 1;
    last.starts.splice(0, inLast);
    last.values.splice(0, inLast);
    this.#firsts[whole] = last.starts[0]!;
  }

  #tidy(chunk: number): void {
    const { starts, values } = this.#chunks[chunk]!;
    if (starts.length === 0) {
      this.#chunks.splice(chunk, 1);
      this.#firsts.splice(chunk, 1);
      return;
    }
    this.#firsts[chunk] = starts[0]!;
    if (starts.length <= CHUNK_RUNS) return;
    const half = starts.length >> 1;
    const upper = { starts: starts.splice(half), values: values.splice(half) };
    this.#chunks.splice(chunk + 1, 0, upper);
    this.#firsts.splice(chunk + 1, 0, upper.starts[0]!);
  }
}
