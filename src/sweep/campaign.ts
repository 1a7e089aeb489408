/**
 * A campaign and its blocks. Both are known by what they say, never by who runs them: the campaign by its spec and by
 * all that its answers rest on, a block by the campaign and its number.
 */
import { canonicalText, sha256 } from './canonical.ts';
import type { Ask, SweepSpec } from './spec.ts';

/** Number of the format of blocks and rows; another one is another campaign. */
export const RESULT_FORMAT = 1;

/** What answers rest on beside the spec. */
export interface Foundations {
  /** {@link RESULT_FORMAT}. */
  readonly format: number;
  /** SHA-256 of the Wasm, 64 hex digits. */
  readonly wasm: string;
  /** SHA-256 of the table of policies, 64 hex digits. */
  readonly policies: string;
}

/** How a campaign's points are cut into blocks: by what is asked, never by threads or machines. */
export interface Division {
  /** Layouts of all sources. */
  readonly layouts: bigint;
  /** Combinations of a layout: the product of the axes, excluded ones too, then those included. */
  readonly combinations: number;
  /** Layouts times combinations. */
  readonly points: bigint;
  /** Points of every block but the last. */
  readonly pointsPerBlock: bigint;
  /** Blocks that a point is cut into, by frames: more than 1 for `pages` of large spaces alone. */
  readonly shardsPerPoint: number;
  readonly blocks: number;
}

/** A campaign. */
export interface Campaign extends Division {
  /** 64 hex digits. */
  readonly id: string;
  readonly ask: Ask;
  readonly spec: SweepSpec;
  readonly foundations: Foundations;
}

/** A part of a campaign: what is computed, kept and lost as a whole. */
export interface Block {
  /** From 0. */
  readonly index: number;
  /** 64 hex digits, of the campaign's id and the index. */
  readonly id: string;
  /** Number of its first point. */
  readonly first: bigint;
  /** How many points. */
  readonly points: bigint;
  /** Which part of its only point's frames, and of how many parts; absent: all frames of all its points. */
  readonly shard?: { readonly index: number; readonly of: number };
}

/**
 * Identity of a campaign: SHA-256 of its canonical spec, which has the hashes of its files, and its foundations.
 *
 * @returns 64 hex digits
 */
export function campaignId(spec: SweepSpec, foundations: Foundations): Promise<string> {
  return sha256(canonicalText({ spec, foundations }));
}

/**
 * A block of a campaign.
 *
 * @param campaign - its id and division are read
 * @param index - 0..blocks - 1
 * @returns its number, its id, and which points it has
 * @throws RangeError for an index outside
 * @example
 * const { spec } = parseSweep('{ask: totals, layouts: {random: {count: 5000}}}');
 * (await blockAt(await campaignOf(spec), 1)).points; // 904n: the first block has 4,096
 */
export async function blockAt(
  campaign: Pick<Campaign, 'id' | keyof Division>,
  index: number,
): Promise<Block> {
  const { id, points, pointsPerBlock, shardsPerPoint, blocks } = campaign;
  if (!Number.isInteger(index) || index < 0 || index >= blocks) {
    throw new RangeError(`expected a block 0..${blocks - 1}, got ${index}`);
  }
  const first = BigInt(Math.floor(index / shardsPerPoint)) * pointsPerBlock;
  const rest = points - first;
  return {
    index,
    id: await sha256(`${id} ${index}`),
    first,
    points: rest < pointsPerBlock ? rest : pointsPerBlock,
    ...(shardsPerPoint > 1 && { shard: { index: index % shardsPerPoint, of: shardsPerPoint } }),
  };
}
