import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { joinDigests } from '../../src/engine/digest.ts';
import { createEvaluatorSync, Evaluator, type View } from '../../src/engine/index.ts';
import { createEngine } from '../../src/engine/registry.ts';
import { WrmsrFault } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import {
  nothingVerified,
  reduced,
  threadsOf,
  type VerifyJob,
  type VisitedChunk,
  verify,
  visit,
  visitInWorkers,
} from '../../src/verify/index.ts';
import type { EngineView } from '../../src/vm/engine.ts';
import { type PageVisit, vcpu } from '../../src/vm/index.ts';
import { GUEST, HOLED } from './machines.ts';

const RANGE = { start: 0x33, end: 0x33 + 5 * 2 ** 16 + 7 };
const CHUNK = 2 ** 15;
/** The built worker: Node runs no TypeScript in one. */
const WORKER = new URL('../../dist/src/bin/verify-worker.cjs', import.meta.url);

async function collected(chunks: AsyncIterable<VisitedChunk>): Promise<VisitedChunk[]> {
  const all: VisitedChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

function joined(chunks: readonly VisitedChunk[]): PageVisit {
  return chunks.reduce<PageVisit>(
    (whole, chunk) => ({
      digest: joinDigests(whole.digest, chunk.digest, BigInt(chunk.end - chunk.start)),
      pages: whole.pages.map((pages, type) => pages + chunk.pages[type]!),
    }),
    { digest: 0n, pages: new Array<number>(8).fill(0) },
  );
}

/** Types counted one by one. */
function counted(view: View, start: number, end: number): number[] {
  const pages = new Array<number>(8).fill(0);
  for (let gfn = start; gfn < end; gfn++) {
    const type = view.typeAt(gfn);
    const counter = type === -1 ? 7 : type;
    pages[counter] = pages[counter]! + 1;
  }
  return pages;
}

describe('sweep', () => {
  it.each([
    ['slots, MMIO and fixed ranges', GUEST],
    ['holes and undefined overlaps', HOLED],
  ])('counts and digests what the reference has, %s', (_name, job) => {
    const reference = createEvaluatorSync({ engine: 'reference' }).view(job.vcpu, job.policy);
    const direct = createEvaluatorSync({ engine: 'direct' }).view(job.vcpu, job.policy);
    for (const range of [
      { start: 0, end: 0x1400 },
      { start: 0x9ff00, end: 0xa0123 },
      { start: 0xfffff, end: 0x100203 },
      { start: 7, end: 7 },
    ]) {
      expect(direct.visit!(range)).toEqual({
        digest: reference.digest(range),
        pages: counted(reference, range.start, range.end),
      });
    }
  });

  it.each([1, 2, 3])('%i workers give what one thread gives, in order', async (threads) => {
    const here = joined(await collected(visit(GUEST, RANGE, { chunkFrames: CHUNK })));
    const chunks = await collected(
      visitInWorkers(GUEST, RANGE, threads, { chunkFrames: CHUNK, worker: WORKER }),
    );
    expect(chunks.map(({ start }) => start)).toEqual(
      Array.from({ length: 11 }, (_, i) => RANGE.start + i * CHUNK),
    );
    expect(chunks.at(-1)!.end).toBe(RANGE.end);
    expect(joined(chunks)).toEqual(here);
    const auto = createEvaluatorSync({ engine: 'auto' }).view(GUEST.vcpu, GUEST.policy);
    expect(here).toEqual(reduced(auto, RANGE));
  });

  it.each([1, 2])('%i workers and this thread give what one thread gives', async (workers) => {
    const engine = createEvaluatorSync({ engine: 'direct' });
    const view = engine.view(GUEST.vcpu, GUEST.policy);
    const mine: number[] = [];
    const visitChunk = (chunk: { start: number; end: number }) => {
      mine.push(chunk.start);
      return view.visit!(chunk);
    };
    const options = { chunkFrames: CHUNK, worker: WORKER };
    const chunks = await collected(visitInWorkers(GUEST, RANGE, workers, options, visitChunk));
    expect(mine.length).toBeGreaterThan(0);
    expect(joined(chunks)).toEqual(joined(await collected(visit(GUEST, RANGE, { chunkFrames: CHUNK }))));
    engine.dispose();
  });

  it('passes on what goes wrong in this thread', async () => {
    const fails = () => {
      throw new Error('out of memory');
    };
    const sweeping = collected(
      visitInWorkers(HOLED, RANGE, 1, { chunkFrames: CHUNK, worker: WORKER }, fails),
    );
    await expect(sweeping).rejects.toThrow('out of memory');
  });

  it('starts workers only where they pay', () => {
    expect(threadsOf(1_000_000, 8)).toBe(1);
    expect(threadsOf(2 ** 30, 8)).toBe(8);
    expect(() => threadsOf(2 ** 30, 0)).toThrow('expected 1..256, got 0');
  });

  it.each([
    [{ start: 5, end: 4 }, 'range.1'],
    [{ start: -1, end: 4 }, 'range.0'],
    [{ start: 0, end: 2 ** 24 + 1 }, 'range.1'],
  ])('refuses the range %o', async (range, path) => {
    await expect(collected(visit(HOLED, range))).rejects.toMatchObject({ code: 'bad-request', path });
  });

  it('gives nothing for an empty range', async () => {
    expect(await collected(visit(HOLED, { start: 9, end: 9 }))).toEqual([]);
  });

  it('passes a refused register write on', async () => {
    const job: VerifyJob = { vcpu: vcpu({ maxphyaddr: 36, msrs: [[0x2ff, 2n]] }), policy: policy('sdm') };
    await expect(collected(visit(job, { start: 0, end: 2 ** 24 }))).rejects.toBeInstanceOf(WrmsrFault);
  });
});

describe('abort', () => {
  it('before the sweep begins', async () => {
    const signal = AbortSignal.abort(new Error('no'));
    await expect(collected(visit(HOLED, { start: 0, end: 10 }, { signal }))).rejects.toThrow('no');
  });

  it('stops one thread between two chunks', async () => {
    const control = new AbortController();
    const seen: number[] = [];
    const run = async () => {
      for await (const chunk of visit(HOLED, RANGE, { chunkFrames: CHUNK, signal: control.signal })) {
        seen.push(chunk.start);
        if (seen.length === 2) control.abort(new Error('enough'));
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(seen).toHaveLength(2);
  });

  it('ends workers that never come back', async () => {
    const control = new AbortController();
    const worker = new URL('workers/hangs.mjs', import.meta.url);
    const sweeping = collected(visitInWorkers(HOLED, RANGE, 2, { worker, signal: control.signal }));
    setTimeout(() => control.abort(new Error('enough')), 50);
    await expect(sweeping).rejects.toThrow('enough');
  });
});

describe('a worker that dies', () => {
  it('is reported and replaced, and its chunk visited again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'eptsweep-sweep-'));
    try {
      const worker = new URL('workers/dies-once.mjs', import.meta.url);
      process.env.EPTSWEEP_TEST_MARKER = join(folder, 'died');
      const notices: string[] = [];
      const chunks = await collected(
        visitInWorkers(HOLED, RANGE, 1, {
          worker,
          chunkFrames: 2 ** 17,
          onNotice: (text) => notices.push(text),
        }),
      );
      expect(notices).toEqual(['a worker died (it ended by itself): pages 0x33-0x20032 are visited again']);
      expect(joined(chunks)).toEqual(
        reduced(createEvaluatorSync({ engine: 'auto' }).view(HOLED.vcpu, HOLED.policy), RANGE),
      );
    } finally {
      delete process.env.EPTSWEEP_TEST_MARKER;
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('twice at one chunk is an error', async () => {
    const worker = new URL('workers/dies.mjs', import.meta.url);
    const notices: string[] = [];
    const sweeping = collected(
      visitInWorkers(HOLED, RANGE, 1, { worker, onNotice: (text) => notices.push(text) }),
    );
    await expect(sweeping).rejects.toMatchObject({
      code: 'internal',
      message: 'two workers died at pages 0x33-0x50039: out of luck',
    });
    expect(notices).toHaveLength(1);
  });

  it('is one that says that it could not sweep a chunk, and why', async () => {
    const worker = new URL('workers/fails.mjs', import.meta.url);
    const sweeping = collected(visitInWorkers(HOLED, RANGE, 1, { worker }));
    await expect(sweeping).rejects.toMatchObject({
      code: 'internal',
      message: 'two workers died at pages 0x33-0x50039: no luck',
    });
  });
});

describe('verify', () => {
  it('finds the first page that a wrong engine gets wrong, and goes on', async () => {
    const engine = createEngine('auto');
    const wrong = 0x20033;
    const spoiled = new Evaluator({
      ...engine,
      name: 'auto' as const,
      open: (...args: Parameters<typeof engine.open>) => {
        const view = engine.open(...args);
        return Object.assign(Object.create(view) as EngineView, {
          totals: view.totals.bind(view),
          digest: (range: { start: number; end: number }) => {
            const isHit = range.start <= wrong && wrong < range.end;
            return view.digest(range) + (isHit ? 1n : 0n);
          },
          entries: (first: number, count: number) => {
            const entries = view.entries(first, count).slice();
            if (first <= wrong && wrong < first + count) entries[wrong - first]! += 1n;
            return entries;
          },
        });
      },
    });
    let last = nothingVerified(RANGE.start);
    for await (last of verify(HOLED, RANGE, last, { engine: spoiled, chunkFrames: CHUNK }));
    const right = engine.open(HOLED.vcpu, HOLED.policy).entries(wrong, 1)[0]!;
    expect(last).toMatchObject({
      end: RANGE.end,
      differingChunks: 1,
      firstDifference: { gfn: wrong, direct: right, auto: right + 1n },
    });
  });

  it('goes on where it stopped, and ends with the same', async () => {
    let whole = nothingVerified(RANGE.start);
    const steps = [];
    for await (whole of verify(GUEST, RANGE, whole, { chunkFrames: CHUNK })) steps.push(whole);
    let resumed = steps[3]!;
    for await (resumed of verify(GUEST, RANGE, resumed, { chunkFrames: 3 * CHUNK }));
    expect(resumed).toEqual(whole);
    expect(whole).toMatchObject({ end: RANGE.end, differingChunks: 0 });
    expect(whole.direct).toEqual(whole.auto);
  });
});

describe('a sweep against another policy', () => {
  it.each([
    ['sdm', 'kvm-5.16', GUEST],
    ['kvm-6.16', 'kvm-5.16', GUEST],
    ['sdm', 'kvm-6.11', HOLED],
  ])('finds what the reference finds, %s and %s', (name, other, { vcpu: machine }) => {
    const [a, b] = [policy(name), policy(other)];
    const reference = createEvaluatorSync({ engine: 'reference' });
    const direct = createEvaluatorSync({ engine: 'direct' });
    for (const range of [
      { start: 0, end: 0x1403 },
      { start: 0x9fff0, end: 0xa0123 },
      { start: 0xbfff1, end: 0xc0101 },
    ]) {
      const answers = [a, b].map((one) =>
        [...reference.view(machine, one).spansOf('ept', { range })].flatMap(({ start, end, type, ipat }) =>
          Array.from({ length: end - start }, () => `${type} ${ipat}`),
        ),
      );
      const differing = answers[0]!.flatMap((answer, i) =>
        answer === answers[1]![i] ? [] : [range.start + i],
      );
      expect(direct.view(machine, a).differences!(direct.view(machine, b), range)).toEqual({
        pages: differing.length,
        ...(differing.length > 0 && { first: differing[0] }),
      });
    }
  });

  it('agrees with the comparison that visits no page, in threads as in one', async () => {
    const job: VerifyJob = { ...GUEST, against: policy('sdm') };
    const range = { start: 0xb0033, end: 0xc8033 };
    const here = [];
    for await (const step of verify(job, range, nothingVerified(range.start), { chunkFrames: CHUNK })) {
      here.push(step);
    }
    const last = here.at(-1)!;
    expect(last).toMatchObject({ differingChunks: 0 });
    expect(last.direct).toEqual(last.auto);
    expect(last.direct.differing!.pages).toBeGreaterThan(0);
    const chunks = await collected(visitInWorkers(job, range, 2, { chunkFrames: CHUNK, worker: WORKER }));
    const pages = chunks.reduce((sum, chunk) => sum + chunk.differing!.pages, 0);
    expect(pages).toBe(last.direct.differing!.pages);
  });
});
