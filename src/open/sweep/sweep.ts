/** A campaign as an async iterator of its rows. */
import { parseSweep } from '../../config/sweep/parse.ts';
import { InputRangeError } from '../../errors.ts';
import {
  addCounters,
  blockAt,
  type Cell,
  type Counters,
  emptyCounters,
  type Summary,
  type SweepSpec,
  summaryOf,
  type TableName,
} from '../../sweep/index.ts';
import { openCampaign } from './campaign.ts';
import type { SweepSources } from './world.ts';

/** How a campaign is run. */
export interface SweepOptions extends SweepSources {
  /** Aborts between two layouts. */
  readonly signal?: AbortSignal;
  /** Only the blocks whose number modulo `of` is `index`. Default: all. */
  readonly shard?: { readonly index: number; readonly of: number };
  /** Called after each block with the summary of all blocks so far. */
  readonly onBlock?: (summary: Summary, counters: Counters) => void;
}

/** A row of a campaign. */
export interface SweepRow {
  readonly table: TableName;
  readonly policy: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

/**
 * Runs a campaign in this thread, block by block. Several threads are workers of your own, of Node or of a page, that
 * take a shard each: `addCounters` puts together what the last `onBlock` of each was called with.
 *
 * @param spec - a resolved spec, or a spec's text without files
 * @param options - see {@link SweepOptions}
 * @returns rows in the order of the blocks; which rows there are, `keep` says
 * @throws ConfigError for a text that is no spec, the signal's reason, InputRangeError for a shard that cannot be
 * @example
 * const spec = '{ask: totals, keep: all, layouts: {presets: [ovmf-q35]}, axes: {policy: [kvm-6.16]}}';
 * const rows = [];
 * for await (const { cells } of sweep(spec)) rows.push(cells.answer);
 * rows; // ['WB + IPAT']
 */
export async function* sweep(
  spec: SweepSpec | string,
  options: SweepOptions = {},
): AsyncGenerator<SweepRow, void, undefined> {
  const { index, of } = options.shard ?? { index: 0, of: 1 };
  if (!(Number.isInteger(index) && Number.isInteger(of) && index >= 0 && index < of)) {
    throw new InputRangeError('shard', `expected an index 0..of - 1, got ${index} of ${of}`);
  }
  const resolved = typeof spec === 'string' ? parseSweep(spec).spec : spec;
  const { campaign, run, dispose } = await openCampaign(resolved, options);
  try {
    let counters = emptyCounters(resolved.smallest);
    for (let k = index; k < campaign.blocks; k += of) {
      const answer = await run(campaign, await blockAt(campaign, k), options.signal);
      counters = addCounters(counters, answer.counters);
      options.onBlock?.(summaryOf(campaign, counters), counters);
      for (const { name, partition, rows } of answer.tables) {
        const policy = partition.find(([key]) => key === 'policy')?.[1] ?? '';
        for (const cells of rows) yield { table: name, policy, cells };
      }
    }
  } finally {
    dispose();
  }
}
