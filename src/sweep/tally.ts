/** What a block counts while it runs. */
import { sha256 } from './canonical.ts';
import { type Counters, compareFindings, digestText, emptyCounters, type SmallFinding } from './counters.ts';

/** Characters of answers that are hashed at once. */
const HASHED_AT_ONCE = 1 << 20;

/** Sums, minima, the smallest findings, and a digest of all answers of a block. */
export class Tally {
  readonly #limit: number;
  readonly #sums = new Map<string, bigint>();
  readonly #minima = new Map<string, bigint>();
  #smallest: SmallFinding[] = [];
  #digest = 0n;
  #answers: string[] = [];
  #length = 0;
  #chain = '';

  /** @param limit - most of the smallest findings that are kept */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds to a sum. */
  add(name: string, amount: bigint | number = 1n): void {
    this.#sums.set(name, (this.#sums.get(name) ?? 0n) + BigInt(amount));
  }

  /** Lowers a minimum. */
  least(name: string, value: bigint): void {
    const known = this.#minima.get(name);
    if (known === undefined || value < known) this.#minima.set(name, value);
  }

  /** Counts a finding, and keeps it if it is among the smallest. */
  finding(finding: SmallFinding): void {
    this.add('findings');
    this.keep(finding);
  }

  /** Keeps a finding if it is among the smallest. */
  keep(finding: SmallFinding): void {
    const last = this.#smallest.at(-1);
    const isFull = this.#smallest.length >= this.#limit;
    if (this.#limit === 0 || (isFull && last && compareFindings(last, finding) <= 0)) return;
    this.#smallest = [...this.#smallest, finding].sort(compareFindings).slice(0, this.#limit);
  }

  /** Adds to the digest what joins by sums. */
  digest(part: bigint): void {
    this.#digest += part;
  }

  /** Takes an answer into the digest; resolves at once but for every millionth character. */
  async answer(text: string): Promise<void> {
    this.#answers.push(text);
    this.#length += text.length;
    if (this.#length >= HASHED_AT_ONCE) await this.#hash();
  }

  async #hash(): Promise<void> {
    this.#chain = await sha256(`${this.#chain}\n${this.#answers.join('\n')}`);
    this.#answers = [];
    this.#length = 0;
  }

  /** What was counted. */
  async counters(): Promise<Counters> {
    if (this.#length > 0) await this.#hash();
    const chain = this.#chain === '' ? 0n : BigInt(`0x${this.#chain.slice(0, 16)}`);
    return {
      ...emptyCounters(this.#limit),
      sums: texts(this.#sums),
      minima: texts(this.#minima),
      digest: digestText(this.#digest + chain),
      smallest: this.#smallest,
    };
  }
}

function texts(numbers: ReadonlyMap<string, bigint>): Record<string, string> {
  const entries = [...numbers].map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
