/** Overlaps as peers resolve them: every order of up to three types, what decides them, and where nothing does. */
import { afterAll, describe, expect, it } from 'vitest';
import { PEER_POLICIES } from '../../src/policy/peers.ts';
import { createReferenceEngine } from '../../src/reference/index.ts';
import type { Engine, EngineView } from '../../src/vm/engine.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { createAutoEngine, createDirectEngine, loadWasm } from '../../src/wasm/index.ts';

const reference = createReferenceEngine();
const wasm: readonly Engine[] = [createAutoEngine(loadWasm()), createDirectEngine(loadWasm())];
afterAll(() => {
  for (const engine of [reference, ...wasm]) engine.dispose();
});

const TYPES = [0, 1, 4, 5, 6] as const;
/** A range that all share, and one behind it that is the first's alone. */
const SHARED = 0x4_0000;
const ALONE = SHARED + 1;
const MASK_OF_A_PAGE = 0xf_ffff_f800n;
const MASK_OF_TWO = 0xf_ffff_e800n;
/** Below 1 MiB, in no range, and above 4 GiB, where TOP_MEM2 says WB. */
const FRAMES = [0, 0x90, 0xc0, 0xff, 0x100, SHARED, ALONE, SHARED + 2, 0x10_0000, 0x13_ffff, 0x14_0000];

function* orders(): Generator<readonly number[]> {
  for (const a of TYPES) {
    yield [a];
    for (const b of TYPES) {
      yield [a, b];
      for (const c of TYPES) yield [a, b, c];
    }
  }
}

function machine(
  types: readonly number[],
  defType: bigint,
  msrs: readonly (readonly [number, bigint])[] = [],
): VcpuInit {
  const ranges = types.flatMap((type, index): [number, bigint][] => [
    [0x200 + 2 * index, (BigInt(SHARED) << 12n) | BigInt(type)],
    [0x201 + 2 * index, index === 0 ? MASK_OF_TWO : MASK_OF_A_PAGE],
  ]);
  return { maxphyaddr: 36, msrs: [...ranges, ...msrs, [0x2ff, defType]] };
}

/** SYSCFG with TOP_MEM2 and its WB, and TOP_MEM2 at 5 GiB. */
const TOM2: [number, bigint][] = [
  [0xc001_0010, (1n << 21n) | (1n << 22n)],
  [0xc001_001d, 0x1_4000_0000n],
];
const FIXED: [number, bigint][] = [
  [0x250, 0x0606_0606_0606_0606n],
  [0x259, 0x0006_0104_0506_0006n],
];

/** Types, and what decides them. */
function answersOf(view: EngineView): unknown {
  const types = view.typesOf(Float64Array.from(FRAMES));
  return FRAMES.map((gfn, index) => [gfn, types[index], [...view.typeSet(gfn)].sort()]);
}

describe.each(PEER_POLICIES.map((rule) => [rule.name, rule] as const))('%s', (_, rule) => {
  function expectSame(init: VcpuInit, about: object): void {
    const one = vcpu(init);
    const manual = reference.open(one, rule);
    const expected = answersOf(manual);
    for (const engine of wasm) {
      const view = engine.open(one, rule);
      expect({ ...about, engine: engine.name, answers: answersOf(view) }).toEqual({
        ...about,
        engine: engine.name,
        answers: expected,
      });
      view.dispose();
    }
    manual.dispose();
  }

  it('folds ranges of all types in every order', () => {
    for (const types of orders()) expectSame(machine(types, 0x805n), { types });
  });

  it('takes types from elsewhere where something else decides', () => {
    for (const defType of [0x0n, 0x6n, 0x400n, 0x800n, 0x806n, 0xc00n, 0xc06n]) {
      for (const msrs of [[], TOM2, FIXED, [...TOM2, ...FIXED]]) {
        expectSame(machine([6, 1], defType, msrs), { defType, msrs });
      }
    }
  });
});
