/** `pages`: every page's leaf entry, as a digest that joins over shards, pages by answer, and stretches. */
import { answerText } from '../../diff/index.ts';
import { joinDigests } from '../../engine/index.ts';
import type { GfnRange } from '../../types.ts';
import { frameCount } from '../../vm/index.ts';
import type { Block } from '../campaign.ts';
import type { AskedVcpu, Case } from '../cases.ts';
import { digestText } from '../counters.ts';
import type { OwnColumns } from '../rows.ts';
import { type AskContext, type PointAsker, sumOf, withView } from './context.ts';
import { verify } from './verify.ts';

const COLUMNS: OwnColumns = [
  ['vcpu', 'uint64'],
  ['start', 'uint64'],
  ['end', 'uint64'],
  ['type', 'uint8', 'nullable'],
  ['ipat', 'uint8'],
  ['level', 'uint8'],
];
/** Frames of a shard. */
const SHARD_FRAMES = 2 ** 30;
/** Most points of a campaign whose digests are counted one by one. */
const MOST_POINTS_NAMED = 4096n;

/** The part of a space that a block has. */
function rangeOf({ shard }: Block, maxphyaddr: number): GfnRange {
  const frames = frameCount(maxphyaddr);
  if (!shard) return { start: 0, end: frames };
  const start = Math.min(shard.index * SHARD_FRAMES, frames);
  return { start, end: Math.min(start + SHARD_FRAMES, frames) };
}

/** A shard's part in the digest of the whole space: digests of all shards add up to it. */
export function digestPart(digest: bigint, framesBehind: number): bigint {
  return joinDigests(digest, 0n, BigInt(framesBehind));
}

/** Asks for pages. */
export function askPages(context: AskContext): PointAsker {
  const { spec, campaign, block, tally, rows } = context;
  const askVcpu = async (one: Case, { id, vcpu }: AskedVcpu): Promise<void> => {
    const range = rangeOf(block, vcpu.maxphyaddr);
    if (range.start === range.end) return;
    await withView(context, one, vcpu, one.policy, async (view) => {
      const part = digestPart(view.digest(range), frameCount(vcpu.maxphyaddr) - range.end);
      verify(context, one, view, { range });
      if (range.start === 0) tally.add('states');
      tally.add('pages', range.end - range.start);
      // Joined modulo 2^64 when it is read: sums of counters are exact.
      if (campaign.points <= MOST_POINTS_NAMED) tally.add(`digest/${one.point}/${id}`, part);
      await tally.answer(`${one.point} ${id} ${range.start} ${digestText(part)}`);
      for (const total of view.totals(spec.want, { range })) {
        tally.add(sumOf(one, `pages/${answerText(spec.want, total)}`), total.pages);
      }
      if (spec.keep !== 'all') return;
      for (const { start, end, type, ipat, level } of view.spans(range)) {
        const bounds = { start: BigInt(start) << 12n, end: BigInt(end) << 12n };
        rows.add('spans', one, COLUMNS, { vcpu: id, ...bounds, type: type < 0 ? null : type, ipat, level });
      }
    });
  };
  return async (one) => {
    for (const vcpu of one.vcpus) await askVcpu(one, vcpu);
  };
}
