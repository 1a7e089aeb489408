/** How far a campaign's folder is, for people and for programs. */
import type { Campaign } from '../../sweep/index.ts';
import { countText, plural, shellWord } from '../../words.ts';
import type { JsonValue } from '../format/column.ts';
import { durationText } from '../format/duration.ts';
import { programJson, schemaName } from '../json/basis.ts';
import { exactJson } from '../json/vocabulary.ts';

/** How far it is. */
export interface StatusReport {
  readonly folder: string;
  readonly campaign: Campaign;
  /** Blocks that are done and whole. */
  readonly done: number;
  /** Blocks that are there and not whole, a line each. */
  readonly torn: readonly string[];
  readonly isComplete: boolean;
  readonly findings: bigint;
  /** Of what is done, 64 hex digits. */
  readonly digest: string;
  readonly failures: readonly {
    readonly block: number;
    readonly error: string;
    readonly host: string;
    readonly starts: number;
  }[];
  /** Blocks that somebody computes, the oldest first. */
  readonly inHand: readonly {
    readonly block: number;
    readonly host: string;
    readonly pid: number;
    readonly seconds: number;
  }[];
  /** Blocks a second, lately. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
}

const SHOWN = 5;

/** `1.5 blocks/s`, `12.0 blocks/min`. */
function rateText(rate: number): string {
  return rate >= 1 ? `${rate.toFixed(1)} blocks/s` : `${(60 * rate).toFixed(1)} blocks/min`;
}

function* shown<Item>(items: readonly Item[], line: (item: Item) => string): Generator<string> {
  for (const item of items.slice(0, SHOWN)) yield line(item);
  if (items.length > SHOWN) yield `  ... and ${items.length - SHOWN} more`;
}

/** Lines of a status. */
export function* statusLines(status: StatusReport): Generator<string> {
  const { folder, campaign, done, torn, isComplete, findings, failures, inHand, rate, secondsLeft } = status;
  const percent = ((100 * done) / campaign.blocks).toFixed(1);
  yield `${folder}: ${campaign.ask}, campaign ${campaign.id.slice(0, 16)}`;
  yield `done      ${countText(BigInt(done))} of ${plural(campaign.blocks, 'block')} (${percent} %), ${countText(findings)} findings`;
  if (torn.length > 0) {
    yield `torn      ${torn.length}, computed again by the next run`;
    yield* shown(torn, (line) => `  ${line}`);
  }
  if (failures.length > 0) {
    yield `failed    ${failures.length}; eptsweep sweep retry ${shellWord(folder)} lets them be begun anew`;
    yield* shown(
      failures,
      (one) => `  block ${one.block}, ${one.starts} starts, last on ${one.host}: ${one.error}`,
    );
  }
  if (!isComplete) {
    yield `in hand   ${inHand.length}${inHand.length > 0 ? ', the oldest first' : ': nobody computes'}`;
    const text = ({ block, host, pid, seconds }: StatusReport['inHand'][number]): string =>
      `  block ${block} for ${durationText(seconds)} on ${host} (process ${pid})`;
    yield* shown(inHand, text);
    const left = secondsLeft === undefined ? '' : `, ${durationText(secondsLeft)} left`;
    if (rate !== undefined) yield `rate      ${rateText(rate)}${left}`;
  }
  yield `digest    ${status.digest}${isComplete ? '' : ' (of what is done)'}`;
}

/** A status as a document. */
export function statusJson(status: StatusReport): JsonValue {
  const { folder, campaign, done, torn, isComplete, findings, digest, failures, inHand } = status;
  return {
    schema: schemaName('sweep-status'),
    provenance: programJson([]),
    folder,
    campaign: campaign.id,
    ask: campaign.ask,
    blocks: { done, of: campaign.blocks },
    complete: isComplete,
    findings: exactJson(findings),
    digest,
    torn,
    failed: failures.map(({ block, error, host, starts }) => ({ block, error, host, starts })),
    inHand: inHand.map(({ block, host, pid, seconds }) => ({
      block,
      host,
      process: pid,
      seconds: Math.round(seconds),
    })),
    blocksPerSecond: status.rate ?? null,
    secondsLeft: status.secondsLeft === undefined ? null : Math.round(status.secondsLeft),
  };
}
