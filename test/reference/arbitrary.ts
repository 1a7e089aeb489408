/** Random vCPUs for properties: registers of every shape that a WRMSR takes, slots, MMIO, switches. */
import fc from 'fast-check';
import { policy } from '../../src/policy/index.ts';
import { MEMORY_TYPES, PAT_TYPES, WANTS } from '../../src/types.ts';
import type { SlotInit, VcpuInit } from '../../src/vm/index.ts';

const FIXED_MSRS = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
const KINDS = ['aligned', 'odd base', 'holes', 'sparse'] as const;

const memoryType = fc.constantFrom(...MEMORY_TYPES);

export const policyName = fc.constantFrom(
  'sdm',
  'sdm',
  'sdm',
  'kvm-4.19',
  'kvm-5.16',
  'kvm-6.8',
  'kvm-6.11-rc',
  'kvm-6.16',
);

export const want = fc.constantFrom(...WANTS);
export const patType = fc.constantFrom(...PAT_TYPES);

/** Whether a policy answers a want: KVM from 6.11 on has no MTRR type. */
export function answers(name: string, asked: string): boolean {
  return asked !== 'mtrr' || policy(name).flags.mtrr !== 'none';
}

type Write = readonly [number, bigint];

/** A base and mask pair, most of them in the low 8 GiB so that ranges meet. */
function variablePair(maxphyaddr: number): fc.Arbitrary<readonly [bigint, bigint]> {
  return fc
    .record({
      kind: fc.constantFrom(...KINDS),
      type: memoryType,
      sizeBits: fc.integer({ min: 12, max: 33 }),
      address: fc.bigInt({ min: 0n, max: (1n << 33n) - 1n }),
      holes: fc.array(fc.integer({ min: 12, max: maxphyaddr - 1 }), { minLength: 1, maxLength: 3 }),
      isValid: fc.constantFrom(true, true, true, false),
    })
    .map(({ kind, type, sizeBits, address, holes, isValid }) => {
      const space = BigInt.asUintN(maxphyaddr, -1n);
      const contiguous = (space >> BigInt(sizeBits)) << BigInt(sizeBits);
      const tested = holes.reduce((bits, bit) => bits | (1n << BigInt(bit)), 0n);
      const mask = kind === 'sparse' ? tested : kind === 'holes' ? contiguous & ~tested : contiguous;
      const base = (kind === 'aligned' ? address & contiguous : address) & space & ~0xfffn;
      return [base | BigInt(type), mask | (isValid ? 0x800n : 0n)] as const;
    });
}

function writes(maxphyaddr: number): fc.Arbitrary<readonly Write[]> {
  return fc
    .record({
      defType: fc.record({
        type: memoryType,
        fixed: fc.boolean(),
        enabled: fc.constantFrom(true, true, true, false),
      }),
      fixed: fc.option(fc.array(memoryType, { minLength: 88, maxLength: 88 })),
      pairs: fc.array(variablePair(maxphyaddr), { maxLength: 8 }),
      topMem2: fc.option(fc.bigInt({ min: 0n, max: (1n << 34n) - 1n })),
    })
    .map(({ defType, fixed, pairs, topMem2 }) => {
      const list: Write[] = [];
      FIXED_MSRS.forEach((msr, r) => {
        const bytes = fixed?.slice(8 * r, 8 * r + 8) ?? [];
        const value = bytes.reduce((word, type, k) => word | (BigInt(type) << BigInt(8 * k)), 0n);
        if (fixed) list.push([msr, value]);
      });
      pairs.forEach(([base, mask], n) => {
        list.push([0x200 + 2 * n, base], [0x201 + 2 * n, mask]);
      });
      if (topMem2 !== null) list.push([0xc0010010, 0x600000n], [0xc001001d, topMem2]);
      const flags = (defType.fixed ? 0x400n : 0n) | (defType.enabled ? 0x800n : 0n);
      return [...list, [0x2ff, flags | BigInt(defType.type)]];
    });
}

/** Slots one after the other with gaps, congruent to their host frames or not. */
const slots: fc.Arbitrary<readonly SlotInit[]> = fc
  .array(
    fc.record({
      gap: fc.constantFrom(0, 0, 1, 0x100, 0x200, 0x40000),
      count: fc.constantFrom(1, 0x1ff, 0x200, 0x400, 0x12345, 0x40000, 0x60000),
      offset: fc.constantFrom(0, 0, 1, 0x200, 0x40000),
      readonly: fc.boolean(),
      maxLevel: fc.constantFrom(1, 2, 3, 3, 3),
    }),
    { maxLength: 5 },
  )
  .map((parts) => {
    let next = 0;
    return parts.flatMap(({ gap, count, offset, readonly, maxLevel }) => {
      const gfn = next + gap;
      next = gfn + count;
      return next <= 2 ** 20
        ? [{ gfn, count, pfn: gfn + offset, readonly, maxLevel: maxLevel as 1 | 2 | 3 }]
        : [];
    });
  });

const mmio = fc.array(
  fc
    .record({
      start: fc.integer({ min: 0, max: 2 ** 19 }),
      count: fc.constantFrom(0, 1, 0x1f, 0x200, 0x8000),
    })
    .map(({ start, count }) => ({ start, end: start + count })),
  { maxLength: 3 },
);

/** A vCPU whose writes are all accepted. */
export const vcpuInit: fc.Arbitrary<VcpuInit> = fc.constantFrom(33, 36, 40, 46, 52).chain((maxphyaddr) =>
  fc
    .record({
      msrs: writes(maxphyaddr),
      cr0cd: fc.boolean(),
      guestHasMtrr: fc.boolean(),
      noncoherentDma: fc.constantFrom(true, true, false),
      selfSnoop: fc.boolean(),
      quirks: fc.option(fc.subarray(['cd-nw-cleared', 'ignore-guest-pat'] as const)),
      mmio,
      slots: fc.option(slots),
    })
    .map(({ quirks, slots: given, ...rest }) => ({
      maxphyaddr,
      ...rest,
      ...(quirks && { quirks }),
      ...(given && { slots: given }),
    })),
);
