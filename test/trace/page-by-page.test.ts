/** Random entries under random policies, each held against what the reference says of its frame. */
import { afterAll, describe, expect, it } from 'vitest';
import { Evaluator } from '../../src/engine/index.ts';
import { type Policy, policy, wantsOf } from '../../src/policy/index.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import { causesOf } from '../../src/trace/index.ts';
import { LevelFinder } from '../../src/trace/levels.ts';
import { SlotFinder } from '../../src/trace/slots.ts';
import type { GfnRange } from '../../src/types.ts';
import { frameCount, type Slot, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu } from '../generators/vcpu.ts';
import { rounds } from '../rounds.ts';
import { hold, type TracedEntry } from './hold.ts';

const reference = new Evaluator(createReferenceEngine());
const engine = new Evaluator(backends.at(-1)!.create());
afterAll(() => engine.dispose());

/** What the reference says of one frame; level 0 where nothing limits it. */
function wantedAt(init: VcpuInit, under: Policy, gfn: number) {
  const range = { start: gfn, end: gfn + 1 };
  const { slots: _, ...open } = init;
  const typed = reference.view(vcpu(open), under).spansOf('ept', { range }).next().value!;
  const levelOf = (one: VcpuInit): number =>
    reference.view(vcpu(one), under).spansOf('levels', { range }).next().value!.level!;
  const knowsLevels = wantsOf(under).includes('levels');
  const level = knowsLevels ? levelOf(init) || (under.traits.requiresSlots ? 0 : levelOf(open)) : 0;
  return typed.type === -1
    ? { type: undefined, ipat: 0, level }
    : { type: typed.type, ipat: typed.ipat ?? 0, level };
}

describe('entries of one page each', () => {
  it('are right where a vCPU’s state gives them, and held against the first where none does', () => {
    let [wrong, right] = [0, 0];
    for (let seed = 0; seed < rounds(40, 1500); seed++) {
      const rng = new Rng(9000 + seed);
      const base = { ...randomVcpu(rng, rng.pick(['typical', 'aligned', 'overlapping', 'slots'])), vcnt: 8 };
      const others = Array.from({ length: rng.below(3) }, () => ({
        ...base,
        cr0cd: rng.chance(0.3),
        msrs: rng.chance(0.5) ? { 0x2ff: 0x806n } : { 0x2ff: 0xc06n, 0x200: 0n, 0x201: 0xfff00800n },
      }));
      const inits = [base, ...others];
      const under = rng.pick([...POLICIES, policy('peer-xen-ept'), policy('peer-linux-6.5')]);
      const frames = frameCount(base.maxphyaddr);
      const places = interestingFrames(base)
        .filter((gfn) => gfn < frames)
        .slice(0, 12);
      const entries: TracedEntry[] = [];
      for (const place of places) {
        const level = rng.pick([1, 1, 2, 3]);
        const size = 512 ** (level - 1);
        const gfn = place - (place % size);
        const bits = BigInt(rng.pick([0, 4, 5, 6]) << 3) | (rng.chance(0.4) ? 0x40n : 0n) | 0xb05n;
        // Neighbours would be joined.
        if (entries.some((one) => one.level === level && Math.abs(one.gfn - gfn) <= size)) continue;
        entries.push({ gfn, level, entry: bits | (level === 1 ? 0n : 0x80n) });
      }
      let held: ReturnType<typeof hold>;
      try {
        held = hold(engine, inits, [under], entries, { requiresSlots: false });
      } catch {
        continue;
      }
      const found: unknown[] = [];
      entries.forEach(({ gfn, level, entry }, k) => {
        const said = { type: Number((entry >> 3n) & 7n), ipat: Number((entry >> 6n) & 1n) };
        const judged = inits.map((init) => {
          const wanted = wantedAt(init, under, gfn);
          const names = [
            ...(wanted.type !== undefined && said.type !== wanted.type ? ['type'] : []),
            ...(wanted.type !== undefined && said.ipat !== wanted.ipat ? ['ipat'] : []),
            ...(level > 1 && wanted.level > 0 && level > wanted.level ? ['level'] : []),
          ];
          return { names, expected: { ...wanted, level: level > 1 ? wanted.level : 0 } };
        });
        if (judged.some(({ names }) => names.length === 0)) right += 1;
        else found.push({ line: k + 1, causes: judged[0]!.names, expected: judged[0]!.expected });
      });
      wrong += found.length;
      const stretches = held.candidates[0]!.findings.stretches();
      expect(
        stretches
          .map(({ line, causes, expected }) => ({ line, causes: causesOf(causes), expected }))
          .sort((a, b) => a.line - b.line),
        `seed ${seed} under ${under.name}`,
      ).toEqual(found);
    }
    expect(Math.min(wrong, right)).toBeGreaterThan(50);
  });
});

describe('finders', () => {
  it('know the slot of a frame, in whatever order frames come', () => {
    const rng = new Rng(3);
    const slots: Slot[] = [];
    for (let gfn = 5; slots.length < 40; gfn += rng.below(9)) {
      const count = rng.between(1, 30);
      slots.push({ gfn, count, pfn: gfn, readonly: false, maxLevel: 3 });
      gfn += count;
    }
    const end = slots.at(-1)!.gfn + slots.at(-1)!.count + 5;
    const finder = new SlotFinder(slots);
    const all = Array.from({ length: end }, (_, gfn) => gfn);
    for (const gfn of [...all, ...[...all].reverse(), ...rng.shuffled(all)]) {
      const slot = slots.find((one) => one.gfn <= gfn && gfn < one.gfn + one.count);
      expect(finder.at(gfn)).toBe(slot);
    }
    expect(new SlotFinder([]).at(0)).toBeUndefined();
  });

  /** A view of spans that are `size` frames long, of levels 0 to 3 in turn; counts how often it is asked. */
  function viewOf(size: number, frames: number) {
    const asked: GfnRange[] = [];
    let open = 0;
    const levelAt = (gfn: number): number => Math.floor(gfn / size) % 4;
    const view = {
      *spansOf(want: string, { range }: { range: GfnRange }) {
        if (want !== 'levels') throw new Error(want);
        asked.push(range);
        open += 1;
        try {
          for (let start = range.start; start < range.end; start = (Math.floor(start / size) + 1) * size) {
            const end = Math.min(range.end, (Math.floor(start / size) + 1) * size);
            yield { start, end, level: levelAt(start) };
          }
        } finally {
          open -= 1;
        }
      },
    };
    return { finder: new LevelFinder(view as never, frames), asked, levelAt, open: () => open };
  }

  it('ask for the levels of a span once, from where it was first needed', () => {
    const { finder, asked, levelAt, open } = viewOf(8, 804);
    const rng = new Rng(5);
    const order = [...rng.shuffled(Array.from({ length: 804 }, (_, gfn) => gfn))];
    for (const gfn of [...order, ...order]) expect(finder.at(gfn)).toBe(levelAt(gfn));
    expect(open()).toBe(0);
    // What lies before the frame that was asked for is asked again: one time for each frame at most, here fewer.
    const before = order.filter((gfn, k) =>
      order.slice(0, k).every((other) => other > gfn || Math.floor(other / 8) !== Math.floor(gfn / 8)),
    );
    expect(asked).toEqual(before.map((start) => ({ start, end: 804 })));
  });

  it('start afresh where there is no room for more spans', () => {
    const most = 16384;
    const { finder, asked, levelAt } = viewOf(1, 2 * most);
    for (let gfn = 0; gfn < most; gfn++) finder.at(gfn);
    for (let gfn = 0; gfn < most; gfn++) expect(finder.at(gfn)).toBe(levelAt(gfn));
    expect(asked.length).toBe(most);
    for (const gfn of [most, 5, most, 7, 5, 6]) expect(finder.at(gfn)).toBe(levelAt(gfn));
    expect(asked.slice(most).map(({ start }) => start)).toEqual([most, 5, 7, 6]);
  });
});
