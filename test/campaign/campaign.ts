/** A campaign of trivial blocks, a folder for its results, and the worker that computes them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolder } from '../../src/campaign/lock.ts';
import { type RunEnd, type RunOptions, runBlocks } from '../../src/campaign/run.ts';
import { foldBlocks } from '../../src/campaign/summary.ts';
import {
  type Campaign,
  campaignId,
  type Foundations,
  RESULT_FORMAT,
  type SweepSpec,
} from '../../src/sweep/index.ts';

export const FOUNDATIONS: Foundations = {
  format: RESULT_FORMAT,
  wasm: 'a'.repeat(64),
  policies: 'b'.repeat(64),
};
/** Node runs no TypeScript in workers: this one imports the built modules. */
export const COUNTING = new URL('workers/counting.mjs', import.meta.url);

const SPEC: SweepSpec = {
  schema: 'eptsweep/sweep@1',
  ask: 'totals',
  against: null,
  want: 'ept',
  layouts: [{ kind: 'presets', names: ['ovmf-q35'] }],
  dimensions: [],
  exclude: [],
  include: [],
  vcpus: 'first',
  keep: 'all',
  smallest: 5,
  verify: { auto: 0, reference: 0 },
  oracle: null,
};

/** A campaign of so many blocks, of ten points each. */
export async function campaignOfBlocks(blocks: number, seed = 1): Promise<Campaign> {
  const spec = { ...SPEC, smallest: 4 + seed };
  const points = BigInt(10 * blocks - 3);
  return {
    id: await campaignId(spec, FOUNDATIONS),
    ask: 'totals',
    spec,
    foundations: FOUNDATIONS,
    layouts: points,
    combinations: 1,
    points,
    pointsPerBlock: 10n,
    shardsPerPoint: 1,
    blocks,
  };
}

/** A folder, gone after `use`. */
export async function withFolder<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'eptsweep-campaign-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Environment of the counting worker, put back after `use`. Threads get a copy of the variables, not of the object. */
export async function withEnvironment<Result>(
  variables: Readonly<Record<string, string>>,
  use: () => Promise<Result>,
): Promise<Result> {
  Object.assign(process.env, variables);
  try {
    return await use();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

const NEVER = new AbortController().signal;

/** Runs blocks of a campaign; all that are not there by default. */
export async function runHere(
  folder: string,
  campaign: Campaign,
  options: Partial<RunOptions> = {},
): Promise<RunEnd> {
  await openFolder(folder, campaign);
  const { done } = await foldBlocks(folder, campaign);
  return runBlocks({
    folder,
    campaign,
    threads: 2,
    blocks: Array.from({ length: campaign.blocks }, (_, index) => index),
    done,
    finish: NEVER,
    drop: NEVER,
    program: COUNTING,
    ...options,
  });
}

/** Every file below a folder with its bytes, but for those named. */
export function contentOf(folder: string, without: readonly string[] = []): Record<string, string> {
  const content: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length + 1);
    if (entry.isFile() && !without.some((name) => path.startsWith(name))) {
      content[path] = readFileSync(file).toString('base64');
    }
  }
  return content;
}
