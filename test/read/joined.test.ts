/** What two lines or texts say of one register: whether both can be true, what they are together, which is believed. */
import { describe, expect, it } from 'vitest';
import { rankOfFormat } from '../../src/read/facts/order.ts';
import { agreeing, joined } from '../../src/read/facts/registers.ts';
import type { Place, RegisterFact } from '../../src/read/index.ts';

describe('two statements of one register', () => {
  const fact = (value: bigint, others: Partial<RegisterFact> = {}): RegisterFact => ({
    msr: 0x201,
    value,
    known: (1n << 64n) - 1n,
    sized: false,
    at: { file: 'a', line: 5 },
    ...others,
  });
  const size = (value: bigint) => fact(value, { sized: true });

  it.each<[string, RegisterFact, RegisterFact, boolean]>([
    ['masks of different widths', fact(0x7f80000800n), fact(0xff80000800n), false],
    ['a size, and a mask that reaches less far', size(0xffffffff80000800n), fact(0x7f80000800n), true],
    ['a size, and a mask of another', size(0xffffffff80000800n), fact(0x7fc0000800n), false],
    ['a size, and a mask with its lowest bit set', size(0xffffffff80000800n), fact(0x7f80000801n), false],
    ['a size, and a mask that is off', size(0xfffffffffffff800n), fact(0n), false],
    ['the smallest size, and a mask that compares nothing', size(0xfffffffffffff800n), fact(0x800n), true],
    ['what one of them does not know', fact(0x6n, { known: 0xffn }), fact(0xc06n), true],
  ])('%s', (_, one, other, agree) => {
    expect([agreeing(one, other), agreeing(other, one)]).toEqual([agree, agree]);
  });

  it('become one: the exact mask, at its line', () => {
    const [exact, rounded] = [
      fact(0x7f80000800n),
      { ...size(0xffffffff80000800n), at: { file: 'b', line: 1 } },
    ];
    expect(joined(exact, rounded)).toEqual(exact);
    expect(joined(rounded, exact)).toEqual(exact);
  });

  it('become one that knows what either knows, at the earlier line of one file', () => {
    const low = fact(0x6n, { known: 0xffn });
    const high = (at: Place, sized = false) => fact(0xc00n, { known: 0xc00n, at, sized });
    expect(joined(low, high({ file: 'a', line: 4 }))).toEqual(
      fact(0xc06n, { known: 0xcffn, at: { file: 'a', line: 4 } }),
    );
    expect(joined(low, high({ file: 'a', line: 6 })).at.line).toBe(5);
    expect(joined(low, high({ file: 'b', line: 4 })).at).toEqual(low.at);
    expect(joined(low, high({ file: 'b', line: 4 }, true)).sized).toBe(true);
  });

  it('are the first alone where they disagree', () => {
    const first = fact(0x6n, { known: 0xffn });
    expect(joined(first, fact(0xc00n, { known: 0xfffn }))).toEqual(first);
  });

  it('are believed in the order of their formats, the most exact first', () => {
    const names =
      'rdmsr msr-csv kvm-msrs qemu-migration xen-hvmctx msr-set x86info chipsec inteltool cpucontrol cpu-z';
    const list = `${names} aida64 edk2 slim-bootloader windbg dmesg xen coreboot u-boot proc-mtrr memcontrol fwts`;
    const order = `${list} hyperdbg dbvm bsd-log iomem`.split(' ');
    expect(order.map(rankOfFormat)).toEqual(order.map((_, at) => at));
    expect(rankOfFormat('cpuinfo')).toBe(rankOfFormat('iomem'));
  });
});
