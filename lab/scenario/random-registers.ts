/** Register writes that a guest of the lab makes: mostly ranges around its slots, some that the kernel refuses. */
import type { Random } from '../../src/fuzz/random.ts';
import { FIXED_MSRS, MSR_DEF_TYPE, MSR_MTRRCAP, MSR_PAT, physBase, physMask } from '../../src/msr/index.ts';
import type { GfnRange } from '../../src/types.ts';
import { MEMORY_TYPES } from '../../src/types.ts';
import type { MsrWrite } from '../../src/vm/index.ts';
import { ADDRESS_BITS } from './lab-case.ts';

const SPACE = (1n << BigInt(ADDRESS_BITS)) - 1n;
const PAGE_BITS = 12n;

function type(random: Random): bigint {
  return BigInt(random.chance(70) ? random.pick([0, 6]) : random.pick(MEMORY_TYPES));
}

/** DEF_TYPE: ranges are on most of the time. */
function defType(random: Random): MsrWrite {
  return {
    msr: MSR_DEF_TYPE,
    value: type(random) | random.pick([0x800n, 0x800n, 0xc00n, 0xc00n, 0xc00n, 0n]),
  };
}

function fixed(random: Random): MsrWrite {
  const usual = random.chance(50) ? type(random) : undefined;
  let value = 0n;
  for (let byte = 0; byte < 8; byte++) value |= (usual ?? type(random)) << BigInt(8 * byte);
  return { msr: random.pick(FIXED_MSRS), value };
}

/** A base and a mask that meet an area, aligned to their size or not. */
function variable(random: Random, areas: readonly GfnRange[]): readonly MsrWrite[] {
  const index = random.below(8);
  const area = random.pick(areas);
  const bits = random.between(0, 19);
  const near = area.start + random.below(area.end - area.start);
  const aligned = near - (near % 2 ** bits);
  const frame = random.chance(90) ? aligned : near;
  const holes = random.chance(8) ? 1n << BigInt(random.between(bits, ADDRESS_BITS - 13)) : 0n;
  const mask = (SPACE >> PAGE_BITS) & ~((1n << BigInt(bits)) - 1n) & ~holes;
  const valid = random.chance(90) ? 0x800n : 0n;
  return [
    { msr: physBase(index), value: (BigInt(frame) << PAGE_BITS) | type(random) },
    { msr: physMask(index), value: (mask << PAGE_BITS) | valid },
  ];
}

/** Writes that are refused, or nearly so. */
function odd(random: Random): MsrWrite {
  const index = random.below(8);
  return random.pick<MsrWrite>([
    { msr: MSR_DEF_TYPE, value: BigInt(random.pick([0x802, 0x803, 0x807, 0x1806, 0xd06, 0x10c06])) },
    { msr: physBase(index), value: BigInt(random.pick([0x106, 0xf00, 0x2, 0x7])) },
    { msr: physBase(index), value: (1n << BigInt(random.between(36, 60))) | 6n },
    { msr: physMask(index), value: BigInt(random.pick([0x801, 0xc00, 0x400, 0x0])) },
    { msr: physMask(index), value: (1n << BigInt(random.between(36, 60))) | 0x800n },
    { msr: physBase(random.between(8, 12)), value: 6n },
    { msr: MSR_MTRRCAP, value: 0x508n },
    {
      msr: MSR_PAT,
      value: random.pick([0x0007040600070406n, 0x0606060606060606n, 0x0002040600070406n, 0x3n]),
    },
    {
      msr: random.pick(FIXED_MSRS),
      value: random.pick([0x0606060606060602n, 0x0307060606060606n, 0x0707070707070707n]),
    },
    { msr: 0x1f2, value: 6n },
  ]);
}

/** A write that the guest or its VMM makes while it runs. */
export function randomWrites(random: Random, areas: readonly GfnRange[]): readonly MsrWrite[] {
  const roll = random.below(100);
  if (roll < 22) return [defType(random)];
  if (roll < 40) return [fixed(random)];
  if (roll < 75) {
    const [base, mask] = variable(random, areas);
    return random.pick([[base!, mask!], [mask!, base!], [base!], [mask!]]);
  }
  return [odd(random)];
}

/** What a vCPU has before anything happens: as after the firmware, or as it is at reset. */
export function randomState(random: Random, areas: readonly GfnRange[]): readonly MsrWrite[] {
  if (random.chance(10)) return [];
  const ranges = Array.from({ length: random.below(6) }, () => variable(random, areas)).flat();
  const fixedRanges = Array.from({ length: random.below(5) }, () => fixed(random));
  return [...ranges, ...fixedRanges, ...(random.chance(90) ? [defType(random)] : [])];
}
