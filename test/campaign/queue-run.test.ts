/** What a queue forgets, gives twice or holds back costs nothing but time: the folder is the truth. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openFolder } from '../../src/campaign/lock.ts';
import type { BlockQueue } from '../../src/campaign/queue.ts';
import { type QueueRunOptions, runQueue } from '../../src/campaign/queue-run.ts';
import { foldBlocks } from '../../src/campaign/summary.ts';
import { COUNTING, campaignOfBlocks, runHere, withFolder } from './campaign.ts';

const BLOCKS = 8;
const campaign = await campaignOfBlocks(BLOCKS);
const NEVER = new AbortController().signal;
const whole = await withFolder(async (folder) => {
  await runHere(folder, campaign);
  return (await foldBlocks(folder, campaign)).digest;
});

/** A queue in memory, which can be told to misbehave. */
class MemoryQueue implements BlockQueue {
  readonly waiting: number[] = [];
  takers = 0;
  cleared = 0;
  isFirstTakerDeaf = false;
  readonly ensured: number[][] = [];
  onEnsure: () => void = () => undefined;

  async ensure(blocks: readonly number[]): Promise<void> {
    this.ensured.push([...blocks]);
    this.waiting.push(...blocks.filter((block) => !this.waiting.includes(block)));
    this.onEnsure();
  }

  take(work: (block: number) => Promise<void>, atOnce: number): () => Promise<void> {
    this.takers += 1;
    let isStopped = this.isFirstTakerDeaf && this.takers === 1;
    const loop = async (): Promise<void> => {
      while (!isStopped) {
        const block = this.waiting.shift();
        if (block === undefined) await sleep(5);
        else await work(block).catch(() => undefined);
      }
    };
    const loops = Array.from({ length: atOnce }, loop);
    return async () => {
      isStopped = true;
      await Promise.all(loops);
    };
  }

  async states() {
    return { waiting: this.waiting.length, active: 0 };
  }

  warnings = async () => [];

  async clear(): Promise<void> {
    this.cleared += 1;
  }

  async close(): Promise<void> {
    // There is nothing to close.
  }
}

async function run(folder: string, queue: BlockQueue, options: Partial<QueueRunOptions> = {}) {
  await openFolder(folder, campaign);
  const end = await runQueue({
    folder,
    campaign,
    queue,
    threads: 2,
    isCoordinator: true,
    finish: NEVER,
    drop: NEVER,
    program: COUNTING,
    lookMs: 20,
    idleMs: 200,
    ...options,
  });
  return { ...end, digest: (await foldBlocks(folder, campaign)).digest };
}

describe('a queue', () => {
  it('gives what threads give, and is removed at the end', () =>
    withFolder(async (folder) => {
      const queue = new MemoryQueue();
      expect(await run(folder, queue)).toMatchObject({ computed: BLOCKS, digest: whole });
      expect(queue.cleared).toBe(1);
    }));

  it('that forgets everything is told again what is missing, and no more than that', () =>
    withFolder(async (folder) => {
      const queue = new MemoryQueue();
      let times = 0;
      queue.onEnsure = () => {
        times += 1;
        if (times <= 3) queue.waiting.splice(1);
      };
      expect(await run(folder, queue)).toMatchObject({ computed: BLOCKS, digest: whole });
      expect(queue.ensured.length).toBeGreaterThan(3);
      expect(queue.ensured.at(-1)!.length).toBeLessThan(BLOCKS);
    }));

  it('that gives blocks twice, or blocks that are done, has them computed once', () =>
    withFolder(async (folder) => {
      await runHere(folder, campaign, { blocks: [0, 1, 2] });
      const queue = new MemoryQueue();
      queue.waiting.push(0, 1, 2, 3, 3, 4, 4);
      expect(await run(folder, queue)).toMatchObject({ computed: BLOCKS - 3, digest: whole });
    }));

  it('whose taker gets nothing though blocks wait is taken from anew', () =>
    withFolder(async (folder) => {
      const queue = new MemoryQueue();
      queue.isFirstTakerDeaf = true;
      const notices: string[] = [];
      const onNotice = (text: string) => notices.push(text);
      expect(await run(folder, queue, { onNotice })).toMatchObject({ computed: BLOCKS, digest: whole });
      expect(queue.takers).toBe(2);
      expect(notices).toEqual(['blocks wait and none came: the connection was made anew']);
    }));

  it('is worked for by others, while the coordinator has no threads', () =>
    withFolder(async (folder) => {
      const queue = new MemoryQueue();
      const [none, all] = await Promise.all([
        run(folder, queue, { threads: 0 }),
        run(folder, queue, { isCoordinator: false }),
      ]);
      expect([none.computed, all.computed]).toEqual([0, BLOCKS]);
      expect(all.digest).toBe(whole);
    }));

  it('ends when it is told to, with what is in hand done', () =>
    withFolder(async (folder) => {
      const finish = new AbortController();
      const queue = new MemoryQueue();
      const { computed } = await run(folder, queue, { finish: finish.signal, onBlock: () => finish.abort() });
      expect(computed).toBeGreaterThan(0);
      expect(computed).toBeLessThan(BLOCKS);
      expect(queue.cleared).toBe(0);
      expect(await run(folder, queue)).toMatchObject({ computed: BLOCKS - computed, digest: whole });
    }));
});
