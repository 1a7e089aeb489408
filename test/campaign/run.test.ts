/** The same bytes, whoever computes which block and when; and what goes wrong is told, and hurts nothing else. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeDurably } from '../../src/campaign/durable.ts';
import { startedPath } from '../../src/campaign/results-layout.ts';
import { blocksOf } from '../../src/campaign/shard.ts';
import { readFailures } from '../../src/campaign/starts.ts';
import { foldBlocks } from '../../src/campaign/summary.ts';
import { blockAt } from '../../src/sweep/index.ts';
import { campaignOfBlocks, contentOf, runHere, withEnvironment, withFolder } from './campaign.ts';

const BLOCKS = 11;
const campaign = await campaignOfBlocks(BLOCKS);
/** Each folder has a lock of its own. */
const OWN = ['campaign.lock.json'];

const whole = await withFolder(async (folder) => {
  await runHere(folder, campaign, { threads: 1 });
  return { content: contentOf(folder, OWN), digest: (await foldBlocks(folder, campaign)).digest };
});

async function expectWhole(folder: string, without: readonly string[] = []): Promise<void> {
  const { isComplete, digest, counters } = await foldBlocks(folder, campaign);
  expect(isComplete).toBe(true);
  expect(counters.sums.points).toBe(String(campaign.points));
  expect(digest).toBe(whole.digest);
  expect(contentOf(folder, [...OWN, ...without])).toEqual(whole.content);
}

describe('the same bytes and digest', () => {
  it('for two threads', () =>
    withFolder(async (folder) => {
      expect(await runHere(folder, campaign, { threads: 2 })).toMatchObject({ computed: BLOCKS });
      await expectWhole(folder);
    }));

  it('for thirds and sevenths mixed, in one folder', () =>
    withFolder(async (folder) => {
      for (const [index, of] of [
        [0, 3],
        [2, 3],
        [1, 7],
        [4, 7],
        [0, 7],
        [1, 3],
      ] as const) {
        await runHere(folder, campaign, { blocks: [...blocksOf(BLOCKS, { index, of })] });
      }
      await expectWhole(folder);
    }));

  it('after a run that was told to finish, whose blocks are not computed again', () =>
    withFolder(async (folder) => {
      const finish = new AbortController();
      const first = await runHere(folder, campaign, {
        finish: finish.signal,
        onBlock: (index) => index >= 4 && finish.abort(),
      });
      expect(first.computed).toBeGreaterThanOrEqual(4);
      expect(first.computed).toBeLessThan(BLOCKS);
      expect((await runHere(folder, campaign)).computed).toBe(BLOCKS - first.computed);
      await expectWhole(folder);
    }));

  it('after a run that was told to drop what it had in hand', () =>
    withFolder(async (folder) => {
      const [finish, drop] = [new AbortController(), new AbortController()];
      const faults = { EPTSWEEP_TEST_FAULTS: '{"hangs":[5]}' };
      const first = await withEnvironment(faults, () =>
        runHere(folder, campaign, {
          threads: 1,
          finish: finish.signal,
          drop: drop.signal,
          onBlock: (index) => {
            if (index !== 4) return;
            setTimeout(() => {
              finish.abort();
              drop.abort();
            }, 50);
          },
        }),
      );
      expect(first.computed).toBe(5);
      expect(readdirSync(join(folder, 'started'))).toEqual([]);
      await runHere(folder, campaign);
      await expectWhole(folder);
    }));

  it('from two runs at once, neither computing what the other has in hand', () =>
    withFolder(async (folder) => {
      await Promise.all([runHere(folder, campaign), runHere(folder, campaign)]);
      await expectWhole(folder);
    }));
});

describe('what is torn is said and computed again', () => {
  const torn = (damage: (folder: string, block: string, table: string) => void, words: RegExp) =>
    withFolder(async (folder) => {
      await runHere(folder, campaign);
      const name = readdirSync(join(folder, 'blocks/00')).find((one) => one.startsWith('000007-'))!;
      const table = `data/points/ask=totals/${name.replace('.json', '.parquet')}`;
      damage(folder, join(folder, 'blocks/00', name), join(folder, table));
      const scan = await foldBlocks(folder, campaign);
      expect(scan.done.has(7)).toBe(false);
      expect(scan.torn).toEqual([expect.stringMatching(words)]);
      expect(await runHere(folder, campaign)).toMatchObject({ computed: 1 });
      await expectWhole(folder);
    });

  it('a block file', () =>
    torn((_, block) => truncateSync(block, 100), /^blocks\/00\/000007-[0-9a-f]{16}\.json: it is torn$/));

  it('an edited block file', () =>
    torn(
      (_, block) =>
        writeFileSync(block, readFileSync(block, 'utf8').replace('"points":"10"', '"points":"11"')),
      /SHA-256 does not fit$/,
    ));

  it('a truncated Parquet file', () =>
    torn((_folder, _block, table) => truncateSync(table, 50), /\.parquet has 50 bytes, not \d+$/));
});

/** Leaves what processes leave that are killed while they have a block in hand. */
async function dies(folder: string, index: number, times: number): Promise<void> {
  const { id } = await blockAt(campaign, index);
  const { pid } = spawnSync('true');
  for (let number = 1; number <= times; number++) {
    writeDurably(
      folder,
      startedPath({ index, id }, number),
      JSON.stringify({ host: hostname(), pid, at: 1, isAlone: false }),
    );
  }
}

describe('a block that fails', () => {
  const failing = (faults: Record<string, number[]>, expected: Record<string, unknown>) =>
    withFolder(async (folder) => {
      const end = await withEnvironment({ EPTSWEEP_TEST_FAULTS: JSON.stringify(faults) }, () =>
        runHere(folder, campaign),
      );
      expect(end.computed).toBe(BLOCKS - 1);
      expect(readFailures(folder)).toEqual([expect.objectContaining({ block: 3, starts: 3, ...expected })]);
    });

  it('by an error is begun three times, then given up, and the others go on', () =>
    failing(
      { throws: [3] },
      { error: 'block 3 cannot be computed', log: expect.stringContaining('at all') },
    ));

  it('by the end of its thread is given up as well', () =>
    failing({ exits: [3] }, { error: 'its thread ended with exit code 7' }));

  it('with its process three times has a process to itself, and there it may be computed', () =>
    withFolder(async (folder) => {
      await dies(folder, 3, 3);
      const end = await withEnvironment({ EPTSWEEP_TEST_FAULTS: '{"exitsUnlessAlone":[3]}' }, () =>
        runHere(folder, campaign),
      );
      expect(end.computed).toBe(BLOCKS);
      await expectWhole(folder, ['started/']);
    }));

  it('with a process that it had to itself three times is given up', () =>
    withFolder(async (folder) => {
      await dies(folder, 3, 3);
      const end = await withEnvironment({ EPTSWEEP_TEST_FAULTS: '{"killsItself":[3]}' }, () =>
        runHere(folder, campaign),
      );
      expect(end.computed).toBe(BLOCKS - 1);
      expect(readFailures(folder)).toEqual([
        expect.objectContaining({ block: 3, starts: 3, error: 'its process ended by SIGKILL' }),
      ]);
    }));

  it('once only is not given up, and what it wrote is the same', () =>
    withFolder(async (folder) => {
      const faults = { EPTSWEEP_TEST_FAULTS: '{"throwsOnce":[3]}', EPTSWEEP_TEST_LOG: join(folder, 'log') };
      await withEnvironment(faults, () => runHere(folder, campaign));
      expect(readFailures(folder)).toEqual([]);
      expect(readdirSync(join(folder, 'started')).map((name) => name.split('.')[1])).toEqual(['1', '2']);
      expect((await foldBlocks(folder, campaign)).digest).toBe(whole.digest);
    }));
});

describe('what does not belong together', () => {
  it('a worker of another version is refused', () =>
    withFolder(async (folder) => {
      await withEnvironment({ EPTSWEEP_TEST_VERSION: '9.9.9' }, async () => {
        await expect(runHere(folder, campaign)).rejects.toThrow(
          /^a worker did not start: the worker is of eptsweep 9\.9\.9, the program of \d/,
        );
      });
    }));

  it('a folder of another campaign is refused', () =>
    withFolder(async (folder) => {
      await runHere(folder, campaign, { blocks: [0] });
      const other = await campaignOfBlocks(BLOCKS, 2);
      await expect(runHere(folder, other)).rejects.toThrow(/holds another campaign .* take a new folder/);
    }));

  it('an edited lock file is refused', () =>
    withFolder(async (folder) => {
      await runHere(folder, campaign, { blocks: [0] });
      const lock = join(folder, 'campaign.lock.json');
      writeFileSync(lock, readFileSync(lock, 'utf8').replace('"smallest": 5', '"smallest": 6'));
      await expect(runHere(folder, campaign)).rejects.toThrow(/the file was edited/);
    }));

  it('a folder that another build made is refused', () =>
    withFolder(async (folder) => {
      await runHere(folder, campaign, { blocks: [0] });
      const other = { ...campaign, foundations: { ...campaign.foundations, wasm: 'c'.repeat(64) } };
      await expect(runHere(folder, other)).rejects.toThrow(/with the Wasm changed: their answers do not mix/);
    }));
});

describe('an audit', () => {
  it('computes blocks again and finds them the same', () =>
    withFolder(async (folder) => {
      expect(await runHere(folder, campaign, { audit: 1 })).toEqual({
        computed: BLOCKS,
        audited: BLOCKS,
        differing: [],
      });
      const some = await runHere(folder, campaign, { audit: 0.3 });
      expect(some.computed).toBe(0);
      expect(some.audited).toBeGreaterThan(0);
      expect(some.audited).toBeLessThan(BLOCKS);
    }));

  it('names the file of a block that does not come out the same', () =>
    withFolder(async (folder) => {
      const faults = { EPTSWEEP_TEST_FAULTS: '{"unsteady":[3]}' };
      const { differing } = await withEnvironment(faults, () => runHere(folder, campaign, { audit: 1 }));
      expect(differing).toEqual([expect.stringMatching(/^blocks\/00\/000003-/)]);
    }));
});

it('stops at a disk that takes nothing more, and keeps what is there', () =>
  withFolder(async (folder) => {
    await runHere(folder, campaign, { blocks: [0, 1] });
    // In the place of the folder that block 2's table goes to.
    const table = join(folder, 'data/points/ask=totals');
    const before = contentOf(folder);
    expect(Object.keys(before).length).toBeGreaterThan(3);
    renameSync(table, `${table}.aside`);
    writeFileSync(table, '');
    await expect(runHere(folder, campaign, { blocks: [2], done: new Set() })).rejects.toThrow(
      /000002-[0-9a-f]{16}\.parquet: a file stands where a folder has to be$/,
    );
    expect(readFailures(folder)).toEqual([]);
    rmSync(table);
    renameSync(`${table}.aside`, table);
    expect(contentOf(folder)).toEqual(before);
    await runHere(folder, campaign);
    await expectWhole(folder);
  }));
