/** How many different states the vCPUs are in: what a design that asserts uniformity looks at. */

/** See the head of the file. */
export class StateCensus {
  readonly #vcpus = new Map<string, number>();

  /** vCPUs come into a state, or leave it where negative. */
  add(key: string, vcpus: number): void {
    const left = (this.#vcpus.get(key) ?? 0) + vcpus;
    if (left === 0) this.#vcpus.delete(key);
    else this.#vcpus.set(key, left);
  }

  get states(): number {
    return this.#vcpus.size;
  }
}
