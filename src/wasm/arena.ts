/** First-fit allocation of the Wasm memory by the host, in blocks of 64 bytes, neighbours joined when freed. */

const ALIGNMENT = 64;

interface FreeBlock {
  start: number;
  size: number;
}

export class Arena {
  readonly #free: FreeBlock[];
  /**
   * Sizes of blocks by address, 0 once they are free: taken out, they would have the map hashed anew every few
   * blocks. First fit hands the same addresses out again, so that there are few.
   */
  readonly #sizes = new Map<number, number>();
  readonly #grow: (bytes: number) => number;
  #end: number;

  /**
   * @param start - first address that may be used
   * @param end - end of the memory
   * @param grow - makes the memory at least that many bytes larger, returns its new end
   */
  constructor(start: number, end: number, grow: (bytes: number) => number) {
    const first = Math.ceil(Math.max(start, ALIGNMENT) / ALIGNMENT) * ALIGNMENT;
    this.#free = [{ start: first, size: end - first }];
    this.#end = end;
    this.#grow = grow;
  }

  /** Index of the first free block that is large enough, the number of all where none is. */
  #firstOf(size: number): number {
    let index = 0;
    while (index < this.#free.length && this.#free[index]!.size < size) index++;
    return index;
  }

  allocate(bytes: number): number {
    const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
    let index = this.#firstOf(size);
    if (index === this.#free.length) {
      const last = this.#free.at(-1);
      const tail = last && last.start + last.size === this.#end ? last : { start: this.#end, size: 0 };
      if (tail !== last) this.#free.push(tail);
      this.#end = this.#grow(size - tail.size);
      tail.size = this.#end - tail.start;
      index = this.#free.length - 1;
    }
    const block = this.#free[index]!;
    const pointer = block.start;
    block.start += size;
    block.size -= size;
    if (block.size === 0) this.#free.splice(index, 1);
    this.#sizes.set(pointer, size);
    return pointer;
  }

  /** Index of the first free block behind an address. */
  #firstBehind(pointer: number): number {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.#free[middle];
      if (block && block.start < pointer) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  free(pointer: number): void {
    const size = this.#sizes.get(pointer) ?? 0;
    if (size === 0) return;
    this.#sizes.set(pointer, 0);
    const index = this.#firstBehind(pointer);
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.start + before.size === pointer;
    const joinsAfter = after !== undefined && pointer + size === after.start;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      this.#free.splice(index, 1);
    } else if (joinsBefore) before.size += size;
    else if (joinsAfter) {
      after.start = pointer;
      after.size += size;
    } else this.#free.splice(index, 0, { start: pointer, size });
  }
}
