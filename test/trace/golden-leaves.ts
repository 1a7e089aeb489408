/** The leaves of golden answers as a trace: none of them may be wrong, and each is wrong with a bit turned. */

import { expect } from 'vitest';
import type { Evaluator } from '../../src/engine/index.ts';
import { BATCH_ENTRIES, causesOf } from '../../src/trace/index.ts';
import { type GoldenCase, initOf } from '../golden/request.ts';
import { hold, type TracedEntry } from './hold.ts';

/** A bit of the type, IPAT, a bit of the frame. */
const [TYPE_BIT, IPAT_BIT, FRAME_BIT] = [0x8n, 0x40n, 0x1000000000n];

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

/** Holds the entries of every answer about leaves against its vCPU, and says how many they were. */
export function heldLeaves(engine: Evaluator, cases: readonly GoldenCase[]): number {
  let count = 0;
  for (const one of cases) {
    const { request } = one;
    const entries = request.want === 'leaf' ? entriesOf(one) : [];
    if (entries.length === 0) continue;
    const held = (list: readonly TracedEntry[]) =>
      hold(engine, initOf(request), request.policy ?? 'sdm', list, { comparesFrames: true }).candidates[0]!;
    const { first } = held(entries).findings;
    expect(first && { ...first, id: request.id, causes: causesOf(first.causes) }).toBeUndefined();
    const k = count % entries.length;
    for (const bit of [TYPE_BIT, IPAT_BIT, FRAME_BIT]) {
      const wrong = entries.with(k, { ...entries[k]!, entry: entries[k]!.entry ^ bit });
      // Without slots in the request, no frame is stated.
      const expected = bit === FRAME_BIT && request.memory === undefined ? 0 : 1;
      expect(held(wrong).findings.entries, request.id).toBe(expected);
    }
    count += entries.length;
  }
  return count;
}
