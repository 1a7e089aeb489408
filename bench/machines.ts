/** Seeded vCPUs: the same ones on every machine. */
import { policy } from '../src/policy/index.ts';
import { MEMORY_TYPES, UC, WB } from '../src/types.ts';
import { type Vcpu, vcpu } from '../src/vm/index.ts';
import { Rng } from '../test/generators/rng.ts';

/** The manual's rules: any mask, and more ranges than KVM has. */
export const SDM = policy('sdm');
/** Address bits of the largest space: 2^40 pages. */
export const WIDEST = 52;
/** Seeds of benches that take the median over machines. */
export const SEEDS: readonly number[] = Array.from({ length: 16 }, (_, i) => i + 1);

/** A mask register that looks at some frame bits, as match rules of the contestants that have no engine. */
export interface Rule {
  readonly mask: bigint;
  readonly value: bigint;
  readonly type: number;
}

/** A machine, and its rules once more for contestants without an engine. */
export interface Machine {
  readonly vcpu: Vcpu;
  readonly rules: readonly Rule[];
  readonly defaultType: number;
}

const ALL_FRAMES = (1n << BigInt(WIDEST - 12)) - 1n;

function machineOf(rules: readonly Rule[], defaultType: number, fixed: boolean): Machine {
  const writes = rules.flatMap(({ mask, value, type }, index): (readonly [number, bigint])[] => [
    [0x200 + 2 * index, (value << 12n) | BigInt(type)],
    [0x201 + 2 * index, (mask << 12n) | 0x800n],
  ]);
  const fixedWrites: (readonly [number, bigint])[] = fixed
    ? [
        [0x250, 0x0606060606060606n],
        [0x258, 0x0606060606060606n],
        [0x26f, 0x0505050505050505n],
      ]
    : [];
  const msrs = [...writes, ...fixedWrites, [0x2ff, BigInt((fixed ? 0xc00 : 0x800) | defaultType)] as const];
  return { vcpu: vcpu({ maxphyaddr: WIDEST, vcnt: Math.max(8, rules.length), msrs }), rules, defaultType };
}

function contiguousRule(rng: Rng, type: number): Rule {
  const order = BigInt(rng.between(10, 18));
  const mask = ALL_FRAMES & ~((1n << order) - 1n);
  return { mask, value: rng.bits(21) & mask, type };
}

/** Contiguous ranges of 4 MiB to 1 GiB in the first 8 GiB, WB and UC, default UC, fixed ranges on. */
export function contiguous(seed: number, ranges = 8): Machine {
  const rng = new Rng(seed);
  const rules = Array.from({ length: ranges }, (_, i) => contiguousRule(rng, i % 3 === 2 ? UC : WB));
  return machineOf(rules, UC, true);
}

/** Contiguous masks with 1 to 3 bits cleared, of any type. */
export function withHoles(seed: number, ranges = 10): Machine {
  const rng = new Rng(seed + 1000);
  const rules = Array.from({ length: ranges }, () => {
    const { mask, value } = contiguousRule(rng, WB);
    let holed = mask;
    for (let left = rng.between(1, 3); left > 0; left--) holed &= ~(1n << BigInt(rng.below(22)));
    return { mask: holed, value: value & holed, type: rng.pick(MEMORY_TYPES) };
  });
  return machineOf(rules, UC, false);
}

/** Masks of any bits. */
export function anyMasks(seed: number, ranges: number): Machine {
  const rng = new Rng(seed + 2000);
  const rules = Array.from({ length: ranges }, () => {
    const mask = rng.bits(40) & rng.bits(40) & ALL_FRAMES;
    return { mask, value: rng.bits(40) & mask & rng.bits(40), type: rng.pick(MEMORY_TYPES) };
  });
  return machineOf(rules, WB, false);
}

/** Masks that test 1 to 3 bits: the hardest to compare, above all without UC, which would win over the others. */
export function sparse(seed: number, ranges = 10): Machine {
  const rng = new Rng(seed + 3000);
  const rules = Array.from({ length: ranges }, () => {
    let mask = 0n;
    for (let left = rng.between(1, 3); left > 0; left--) mask |= 1n << BigInt(rng.below(40));
    return { mask, value: rng.bits(40) & mask, type: rng.pick(MEMORY_TYPES.filter((type) => type !== UC)) };
  });
  return machineOf(rules, WB, false);
}
