/** How far a campaign is: its blocks, with the points, findings and failures behind them. */
import type { Campaign, Counters } from '../../sweep/index.ts';
import { countText } from '../../words.ts';
import { exactJson } from '../../write/json/vocabulary.ts';
import type { ProgressDetails } from '../../write/progress/progress.ts';
import { Progress } from './progress.ts';

/** Shows progress while it lasts. */
export class CampaignProgress {
  readonly #progress: Progress;
  readonly #pointsPerBlock: number;
  readonly #asked: number;
  #done: number;
  #computed = 0;
  #failed = 0;
  #findings: bigint;

  /**
   * @param asked - blocks that this run is to see done
   * @param done - of these, the ones that were done before
   * @param findings - of what was done before
   */
  constructor(campaign: Campaign, asked: number, done: number, findings: bigint) {
    this.#pointsPerBlock = Number(campaign.pointsPerBlock) / campaign.shardsPerPoint;
    this.#asked = asked;
    this.#done = done;
    this.#findings = findings;
    this.#progress = new Progress({
      unit: 'blocks',
      total: asked,
      before: done,
      details: () => this.#details(),
    });
  }

  #details(): readonly ProgressDetails[] {
    const seconds = Math.max(1e-3, this.#progress.seconds);
    const points = Math.round((this.#computed * this.#pointsPerBlock) / seconds);
    return [
      { name: 'pointsPerSecond', value: points, text: `${countText(points)} points/s` },
      { name: 'findings', value: exactJson(this.#findings), text: `${this.#findings} findings` },
      {
        name: 'failed',
        value: this.#failed,
        text: this.#failed > 0 ? `${this.#failed} failed` : undefined,
      },
    ];
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
    this.#progress.show(this.#done);
  }

  /** Notes how many blocks are done, by whomever. */
  doneInAll(done: number): void {
    this.#done = Math.min(this.#asked, Math.max(this.#done, done));
    this.#progress.show(this.#done);
  }

  /** Nothing more will be done. */
  end(): void {
    this.#progress.end();
  }
}
