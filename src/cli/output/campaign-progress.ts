/** How far a campaign is: a line on standard error that rewrites itself, or lines of JSON for programs. */
import type { Campaign, Counters } from '../../sweep/index.ts';
import { durationText } from '../../write/format/duration.ts';

/** How progress is told, as `--progress` takes it. */
export const PROGRESS_KINDS = ['auto', 'never', 'json'] as const;
/** One of {@link PROGRESS_KINDS}. */
export type ProgressKind = (typeof PROGRESS_KINDS)[number];

const LEAST_MS = 100;
const LEAST_MS_OF_JSON = 1000;

/** `1,234`, `5.6 k`, `7.8 M`: points a second. */
function shortNumber(value: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e4],
  ] as const) {
    if (value >= size) return `${(value / (unit === 'k' ? 1e3 : size)).toFixed(1)} ${unit}`;
  }
  return value.toFixed(value < 10 ? 1 : 0);
}

/** Shows progress while it lasts. */
export class CampaignProgress {
  readonly #campaign: Campaign;
  readonly #kind: ProgressKind;
  readonly #asked: number;
  readonly #began = performance.now();
  readonly #isShown: boolean;
  #shownAt = Number.NEGATIVE_INFINITY;
  #done: number;
  #computed = 0;
  #failed = 0;
  #findings: bigint;

  /**
   * @param asked - blocks that this run is to see done
   * @param done - of these, the ones that were done before
   * @param findings - of what was done before
   */
  constructor(campaign: Campaign, kind: ProgressKind, asked: number, done: number, findings: bigint) {
    this.#campaign = campaign;
    this.#kind = kind;
    this.#asked = asked;
    this.#done = done;
    this.#findings = findings;
    this.#isShown = kind === 'json' || (kind === 'auto' && process.stderr.isTTY === true);
  }

  /** Notes a block that was computed here. */
  computed(counters: Counters): void {
    this.#computed += 1;
    this.#findings += BigInt(counters.sums.findings ?? 0);
    this.doneInAll(this.#done + 1);
  }

  /** Notes a block that was given up. */
  failed(): void {
    this.#failed += 1;
    this.#show(false);
  }

  /** Notes how many blocks are done, by whomever. */
  doneInAll(done: number): void {
    this.#done = Math.max(this.#done, done);
    this.#show(this.#done + this.#failed >= this.#asked);
  }

  #show(isLast: boolean): void {
    const now = performance.now();
    const least = this.#kind === 'json' ? LEAST_MS_OF_JSON : LEAST_MS;
    if (!this.#isShown || (!isLast && now - this.#shownAt < least)) return;
    this.#shownAt = now;
    const seconds = Math.max(1e-3, (now - this.#began) / 1000);
    const blocksPerSecond = this.#computed / seconds;
    const left = this.#asked - this.#done - this.#failed;
    const secondsLeft = blocksPerSecond > 0 ? left / blocksPerSecond : undefined;
    const pointsPerSecond =
      blocksPerSecond * (Number(this.#campaign.pointsPerBlock) / this.#campaign.shardsPerPoint);
    if (this.#kind === 'json') this.#writeJson(pointsPerSecond, secondsLeft);
    else this.#writeLine(pointsPerSecond, secondsLeft);
  }

  #writeJson(pointsPerSecond: number, secondsLeft: number | undefined): void {
    const progress = {
      blocks: this.#asked,
      done: this.#done,
      failed: this.#failed,
      findings: String(this.#findings),
      pointsPerSecond: Math.round(pointsPerSecond),
      secondsLeft: secondsLeft === undefined ? null : Math.round(secondsLeft),
    };
    process.stderr.write(`${JSON.stringify({ progress })}\n`);
  }

  #writeLine(pointsPerSecond: number, secondsLeft: number | undefined): void {
    const percent = ((100 * this.#done) / Math.max(1, this.#asked)).toFixed(1);
    const parts = [
      `${percent} %`,
      `${this.#done}/${this.#asked} blocks`,
      `${shortNumber(pointsPerSecond)} points/s`,
      `${this.#findings} findings`,
      ...(this.#failed > 0 ? [`${this.#failed} failed`] : []),
      `${secondsLeft === undefined ? '?' : durationText(secondsLeft)} left`,
    ];
    process.stderr.write(`\r${parts.join('  ')}\x1b[K`);
  }

  /** Writes a line of its own. */
  say(line: string): void {
    this.clear();
    process.stderr.write(`${line}\n`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#isShown && this.#kind === 'auto') process.stderr.write('\r\x1b[K');
  }
}
