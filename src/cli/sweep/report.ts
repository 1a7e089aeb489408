/** What every command that comes to the end of a campaign, or of its part, prints; and the exit code of that. */

import { type Failure, readFailures } from '../../campaign/starts.ts';
import { type Folded, foldBlocks, writeSummary } from '../../campaign/summary.ts';
import { type Campaign, summaryOf } from '../../sweep/index.ts';
import { shellWord } from '../../words.ts';
import { summaryOutput } from '../../write/sweep/output.ts';
import { textStyle, writeAnswer } from '../output/answer.ts';
import { EXIT_FOUND, EXIT_INTERNAL, EXIT_OK } from '../output/exit.ts';
import { complain, remark } from '../output/notes.ts';
import type { SummaryOptions } from './options.ts';

/** Failures that get a line each. */
const FAILURES_SHOWN = 5;

/** What is reported. */
export interface Reported {
  readonly command: string;
  readonly folder: string;
  readonly campaign: Campaign;
  /** What to call the spec. */
  readonly source: string;
  readonly name: string | undefined;
  /** Blocks that were asked for. */
  readonly asked: ReadonlySet<number> | undefined;
}

function sayFailures({ command, folder }: Reported, failures: readonly Failure[]): void {
  const say = (text: string): void => complain(`eptsweep ${command}: ${text}`);
  for (const { block, error, host, starts } of failures.slice(0, FAILURES_SHOWN)) {
    say(`block ${block} failed ${starts} times, last on ${host}: ${error}`);
  }
  const rest = failures.length - FAILURES_SHOWN;
  if (rest > 0) say(`... and ${rest} more blocks failed`);
  if (failures.length > 0) {
    say(`${folder}/failed/ says more; eptsweep sweep retry ${shellWord(folder)} lets them be begun anew`);
  }
}

/**
 * Folds the folder, keeps the summary where it is whole, and prints it.
 *
 * @returns the exit code: 3 where blocks failed, 1 where something was found, else 0
 */
export async function report(reported: Reported, options: SummaryOptions): Promise<number> {
  const { folder, campaign, source, name, asked } = reported;
  const folded: Folded = await foldBlocks(folder, campaign);
  for (const line of folded.torn)
    remark(`${line}: it does not count, and is computed when it is asked for again`);
  writeSummary(folder, folded);
  const summary = summaryOf(campaign, folded.counters);
  const content = {
    campaign,
    summary,
    source,
    name,
    blocks: folded.done.size,
    resultDigest: folded.digest,
  };
  const format = options.json ? 'json' : options.format;
  const look = { ...textStyle(options), width: options.width };
  await writeAnswer(summaryOutput(content, format, look), { format });
  const failures = readFailures(folder, folded.done).filter(({ block }) => asked?.has(block) ?? true);
  sayFailures(reported, failures);
  if (failures.length > 0) return EXIT_INTERNAL;
  return summary.findings > 0n ? EXIT_FOUND : EXIT_OK;
}
