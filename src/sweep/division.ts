/** How a campaign is cut into blocks: a fixed amount of work by what is asked, in whole layouts. */
import { asksInBatches, makesLayouts } from './asks/made.ts';
import type { Division } from './campaign.ts';
import { combinationCount, layoutCount } from './points.ts';
import type { Ask, LayoutSource, SweepSpec } from './spec.ts';

/** Points of a block; of `pages` frames. */
const POINTS_OF_BLOCK: Readonly<Record<Ask, bigint>> = {
  totals: 1n << 12n,
  compare: 1n << 22n,
  check: 1n << 8n,
  oracle: 1n << 16n,
  pages: 1n << 30n,
};
/** Points of a block of `totals` whose layouts are made and counted by the thousand, as those of `compare` are. */
const POINTS_OF_MADE_BLOCK = POINTS_OF_BLOCK.compare;
/** Most layouts of a block where each is a file to be read. */
const FILES_OF_BLOCK = 256n;
/** Address bits of a file's machine may be as many as there can be. */
const MOST_BITS = 52;

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Most address bits that a source's layouts can have. */
function bitsOf(source: LayoutSource, bitsOfPreset: (name: string) => number): number {
  switch (source.kind) {
    case 'presets':
      return Math.max(...source.names.map(bitsOfPreset));
    case 'files':
      return MOST_BITS;
    default:
      return source.maxphyaddr;
  }
}

/** Most frames of any point. */
function framesOf(spec: SweepSpec, bitsOfPreset: (name: string) => number): bigint {
  const ofLayouts = spec.layouts.map((source) => bitsOf(source, bitsOfPreset));
  const ofAxes = spec.dimensions.flatMap(({ paths, values }) => {
    const at = paths.indexOf('maxphyaddr');
    return at < 0 ? [] : values.map((row) => Number(row[at]));
  });
  const included = spec.include.flatMap(({ maxphyaddr }) =>
    maxphyaddr === undefined ? [] : [Number(maxphyaddr)],
  );
  return 1n << BigInt(Math.max(...ofLayouts, ...ofAxes, ...included) - 12);
}

function blocksOf(points: bigint, pointsPerBlock: bigint): number {
  return Number((points + pointsPerBlock - 1n) / pointsPerBlock);
}

/**
 * Cuts a campaign into blocks.
 *
 * @param bitsOfPreset - MAXPHYADDR of a shipped layout
 */
export function divide(spec: SweepSpec, bitsOfPreset: (name: string) => number): Division {
  const layouts = layoutCount(spec);
  const combinations = combinationCount(spec);
  const points = layouts * BigInt(combinations);
  const amount = POINTS_OF_BLOCK[spec.ask];
  if (spec.ask === 'pages') {
    const frames = framesOf(spec, bitsOfPreset);
    const pointsPerBlock = max(1n, amount / frames);
    const shardsPerPoint = Number(max(1n, frames / amount));
    const blocks = blocksOf(points, pointsPerBlock) * shardsPerPoint;
    return { layouts, combinations, points, pointsPerBlock, shardsPerPoint, blocks };
  }
  const isMade = spec.layouts.every(makesLayouts) && asksInBatches(spec, points);
  const asked = (isMade ? POINTS_OF_MADE_BLOCK : amount) / BigInt(combinations);
  const hasFiles = spec.layouts.some(({ kind }) => kind === 'files');
  const pointsPerBlock = max(1n, hasFiles ? min(asked, FILES_OF_BLOCK) : asked) * BigInt(combinations);
  return {
    layouts,
    combinations,
    points,
    pointsPerBlock,
    shardsPerPoint: 1,
    blocks: blocksOf(points, pointsPerBlock),
  };
}
