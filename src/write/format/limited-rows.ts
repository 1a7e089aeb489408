/** Rows up to a limit; says afterwards whether there were more. */
export class LimitedRows<Row> implements Iterable<Row> {
  truncated = false;
  readonly #rows: Iterable<Row>;
  readonly #limit: number;

  constructor(rows: Iterable<Row>, limit: number) {
    this.#rows = rows;
    this.#limit = limit;
  }

  *[Symbol.iterator](): Generator<Row, void, undefined> {
    let listed = 0;
    for (const row of this.#rows) {
      if (listed === this.#limit) {
        this.truncated = true;
        return;
      }
      listed += 1;
      yield row;
    }
  }
}
