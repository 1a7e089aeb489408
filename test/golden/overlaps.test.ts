/** Overlapping ranges, all pairs: what the manual says of them, and what KVM 4.7 to 6.10 makes of them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import { type MtrrType, typeName, UC, UNDEFINED, WB, WC, WP, WT } from '../../src/types.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

const TYPES = [UC, WC, WT, WP, WB] as const;
const NONE = UNDEFINED;

/** Intel SDM vol. 3A, "MTRR Precedences"; rows and columns in the order of TYPES. */
const MANUAL: readonly (readonly MtrrType[])[] = [
  [UC, UC, UC, UC, UC],
  [UC, WC, NONE, NONE, NONE],
  [UC, NONE, WT, NONE, WT],
  [UC, NONE, NONE, WP, NONE],
  [UC, NONE, WT, NONE, WB],
];

/** KVM's fold from the higher base (row) to the lower one (column), in the order of TYPES. */
const KVM: readonly (readonly MtrrType[])[] = [
  [UC, WB, WB, WB, WB],
  [UC, WC, WB, WB, WB],
  [UC, WB, WT, WB, WT],
  [UC, WB, WB, WP, WB],
  [UC, WB, WT, WB, WB],
];

const pairs = TYPES.flatMap((one, row) =>
  TYPES.map((other, column) => ({
    name: `${typeName(one)} over ${typeName(other)}`,
    types: [one, other] as const,
    manual: MANUAL[row]![column]!,
    kvm: KVM[row]![column]!,
    // At one base the larger type byte comes first.
    kvmAtOneBase: one >= other ? KVM[row]![column]! : KVM[column]![row]!,
  })),
);

/** Ranges that all hold the page at 2 GiB; the first has the highest base where `isApart`. */
function layout(types: readonly number[], isApart: boolean): readonly (readonly [number, bigint])[] {
  return types.flatMap((type, n) => {
    const bits = isApart ? 20n + BigInt(n) : 31n;
    const base = isApart ? 0x8000_0000n - ((1n << BigInt(n)) - 1n) * 0x10_0000n : 0x8000_0000n;
    // KVM's range goes from its base to base | ~mask: one that starts lower has to be wide enough.
    const open = isApart ? 0xffff_ffffn : (1n << bits) - 1n;
    return [
      [0x200 + 2 * n, base | BigInt(type)],
      [0x201 + 2 * n, ((0xf_ffff_ffffn & ~open) | 0x800n) & ~0x7ffn],
    ] as const;
  });
}

describe.each(backends)('overlaps on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  function typeUnder(name: string, types: readonly number[], isApart: boolean): MtrrType {
    const msrs = [...layout(types, isApart), [0x2ff, 0x805n] as const];
    const view = engine.open(vcpu({ maxphyaddr: 36, noncoherentDma: true, msrs }), policy(name));
    const range = { start: 0x80000, end: 0x80010 };
    const [span, ...others] = [...view.spans('mtrr', { range })];
    expect(others).toEqual([]);
    const bytes = new Set([...view.types(range.start, 16), ...view.typesOf(Float64Array.of(0x8000f))]);
    expect([...bytes]).toEqual([span!.type! & 0xff]);
    view.dispose();
    return span!.type!;
  }

  it.each(pairs)('$name', ({ types, manual, kvm, kvmAtOneBase }) => {
    expect(typeUnder('sdm', types, true)).toBe(manual);
    expect(typeUnder('sdm', types, false)).toBe(manual);
    expect(typeUnder('kvm-5.16', types, true)).toBe(kvm);
    expect(typeUnder('kvm-6.10', types, false)).toBe(kvmAtOneBase);
  });

  it.each([
    ['UC after WC and WB is not reached', [WC, WB, UC], WB],
    ['UC after WB and WT is', [WB, WT, UC], UC],
    ['nothing is asked after UC', [WB, UC, WC], UC],
    ['WT stays WT under WB', [WB, WT, WB], WT],
    ['WP after WB and WT makes WB', [WB, WT, WP], WB],
    ['WB stays WB whatever follows a mixture', [WP, WC, WC, WT, UC], WB],
  ])('KVM: %s', (_, types, expected) => {
    expect(typeUnder('kvm-5.16', types, true)).toBe(expected);
  });

  it('KVM: WB, WC and UC at one base give WB in whatever registers they are', () => {
    for (const types of [
      [WB, WC, UC],
      [UC, WC, WB],
      [WC, UC, WB],
    ]) {
      expect(typeUnder('kvm-5.16', types, false)).toBe(WB);
    }
  });
});
