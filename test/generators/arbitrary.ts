/** The same vCPUs for fast-check: registers that shrink to few and plain ones. */
import fc from 'fast-check';
import { MEMORY_TYPES, type MemoryType } from '../../src/types.ts';
import type { VcpuInit } from '../../src/vm/index.ts';

/** One variable range: any base, any mask, so that holes and odd bases come by themselves. */
export interface RangeWrites {
  readonly baseFrame: bigint;
  readonly maskFrame: bigint;
  readonly type: MemoryType;
  readonly valid: boolean;
}

/** A memory type that an MTRR can hold. */
export const memoryType: fc.Arbitrary<MemoryType> = fc.constantFrom(...MEMORY_TYPES);

function maskArbitrary(width: number): fc.Arbitrary<bigint> {
  const all = (1n << BigInt(width)) - 1n;
  const contiguous = fc.integer({ min: 0, max: width }).map((bits) => (all >> BigInt(bits)) << BigInt(bits));
  const holed = fc
    .tuple(contiguous, fc.integer({ min: 0, max: width - 1 }))
    .map(([mask, bit]) => mask & ~(1n << BigInt(bit)));
  return fc.oneof(
    { weight: 3, arbitrary: contiguous },
    { weight: 2, arbitrary: holed },
    fc.bigInt({ min: 0n, max: all }),
  );
}

/** A variable range of a space of 2^width frames. */
export function rangeArbitrary(width: number): fc.Arbitrary<RangeWrites> {
  return fc.record({
    baseFrame: fc.oneof(
      fc.bigInt({ min: 0n, max: 0x1000n }),
      fc.bigInt({ min: 0n, max: (1n << BigInt(width)) - 1n }),
    ),
    maskFrame: maskArbitrary(width),
    type: memoryType,
    valid: fc.boolean(),
  });
}

/** The writes of variable range `index`. */
export function writesOf(range: RangeWrites, index: number): readonly (readonly [number, bigint])[] {
  return [
    [0x200 + 2 * index, (range.baseFrame << 12n) | BigInt(range.type)],
    [0x201 + 2 * index, (range.maskFrame << 12n) | (range.valid ? 0x800n : 0n)],
  ];
}

/** IA32_MTRR_DEF_TYPE, mostly enabled. */
export const defType: fc.Arbitrary<bigint> = fc
  .tuple(memoryType, fc.constantFrom(0xc00n, 0x800n, 0x800n, 0n))
  .map(([type, enables]) => enables | BigInt(type));

/** A vCPU of `maxphyaddr` bits with up to `count` variable ranges. */
export function vcpuArbitrary(maxphyaddr = 36, count = 8): fc.Arbitrary<VcpuInit> {
  return fc
    .record({
      ranges: fc.array(rangeArbitrary(maxphyaddr - 12), { maxLength: count }),
      defType,
      fixed: memoryType,
      cr0cd: fc.boolean(),
      noncoherentDma: fc.boolean(),
    })
    .map(({ ranges, defType: value, fixed, ...switches }) => ({
      maxphyaddr,
      vcnt: count,
      msrs: [
        ...ranges.flatMap(writesOf),
        [0x250, BigInt(fixed) * 0x0101010101010101n] as const,
        [0x2ff, value] as const,
      ],
      ...switches,
    }));
}
