/** Entries that the kernels' own code wrote, as a trace: none of them may be wrong. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BATCH_ENTRIES, causesOf } from '../../src/trace/index.ts';
import { backends } from '../backends.ts';
import { type GoldenCase, initOf, readGolden, vectorFiles } from '../golden/request.ts';
import { hold, type TracedEntry } from './hold.ts';

const folder = join(import.meta.dirname, '../../../shared/vectors');
const files = vectorFiles(folder);
if (files.length === 0) console.warn(`traces of golden vectors: no ${folder}; nothing is checked`);
const cases = files
  .flatMap(readGolden)
  .filter(({ request, answer }) => request.want === 'leaf' && 'spans' in answer);

/** The first and the last leaf of each span. */
function entriesOf({ answer }: GoldenCase): TracedEntry[] {
  const spans = 'spans' in answer ? answer.spans : [];
  const entries: TracedEntry[] = [];
  for (const [start, end, level, entry] of spans) {
    if (!level || entry === null || entry === undefined) continue;
    const size = 512 ** (Number(level) - 1);
    const first = Number(start) - (Number(start) % size);
    const last = Number(end) - 1 - ((Number(end) - 1) % size);
    for (const gfn of new Set([first, last])) {
      entries.push({ gfn, level: Number(level), entry: entry + (BigInt(gfn - first) << 12n) });
    }
  }
  return entries.slice(0, BATCH_ENTRIES);
}

describe.runIf(cases.length > 0).each(backends)("the kernels' own entries on $name", ({ create }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  it('are all right, and wrong with another type, IPAT or frame', () => {
    let judged = 0;
    for (const one of cases) {
      const { request } = one;
      const entries = entriesOf(one);
      if (entries.length === 0) continue;
      const held = (list: readonly TracedEntry[]) =>
        hold(engine, initOf(request), request.policy ?? 'sdm', list, { comparesFrames: true }).candidates[0]!;
      const { findings } = held(entries);
      const first = findings.first && {
        ...findings.first,
        id: request.id,
        causes: causesOf(findings.first.causes),
      };
      expect(first).toBeUndefined();
      const k = judged % entries.length;
      for (const bit of [0x8n, 0x40n, 0x1000000000n]) {
        const wrong = entries.with(k, { ...entries[k]!, entry: entries[k]!.entry ^ bit });
        const { entries: count } = held(wrong).findings;
        // Without slots in the request, no frame is stated.
        expect(count).toBe(bit === 0x1000000000n && request.memory === undefined ? 0 : 1);
      }
      judged += entries.length;
    }
    expect(judged).toBeGreaterThan(1000);
  });
});
