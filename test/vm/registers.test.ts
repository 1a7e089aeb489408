import { describe, expect, it } from 'vitest';
import { MASK_V, PAT_RESET, physBase, physMask } from '../../src/msr/index.ts';
import { UC, WB, WC } from '../../src/types.ts';
import {
  guestRegisters,
  heldValue,
  rangeCount,
  registerState,
  registerValues,
  statedRangeCount,
  validRanges,
  vcpu,
} from '../../src/vm/index.ts';

const MSRS = {
  0xfe: 0x50an,
  0x2ff: 0xc01n,
  0x200: 0x80000000n | 0x6n,
  0x201: 0x3fff80000000n | MASK_V,
  0x24e: 0x6n,
};

describe('what register writes leave', () => {
  it('is read in the fields of the manual', () => {
    const registers = guestRegisters(vcpu({ maxphyaddr: 46, msrs: MSRS }));
    expect(registers).toMatchObject({
      isEnabled: true,
      isFixedEnabled: true,
      defaultType: WC,
      pat: PAT_RESET,
      forcedWb: undefined,
    });
    expect(registers.variable.map(({ index, isEnabled }) => [index, isEnabled])).toEqual([
      [0, true],
      [39, false],
    ]);
    expect(validRanges(registers)).toEqual([
      {
        index: 0,
        baseMsr: physBase(0),
        maskMsr: physMask(0),
        rawBase: 0x80000006n,
        rawMask: 0x3fff80000800n,
        isEnabled: true,
        type: WB,
        base: 0x80000000n,
        mask: 0x3fff80000000n,
      },
    ]);
  });

  it('takes the last write, and reset values for the rest', () => {
    const twice = vcpu({ maxphyaddr: 46, msrs: [...Object.entries(MSRS).map(pairOf), [0x2ff, 0x800n]] });
    expect(guestRegisters(twice)).toMatchObject({ isFixedEnabled: false, defaultType: UC });
    expect(registerState(twice).map(([msr]) => msr)).toEqual([0xfe, 0x200, 0x201, 0x24e, 0x2ff]);
    const values = registerValues(twice);
    expect([heldValue(values, 0x277), heldValue(values, 0x250)]).toEqual([PAT_RESET, 0n]);
  });

  it('has the forced WB of AMD only with both bits and a top above 4 GiB', () => {
    const end = (syscfg: bigint, top: bigint) =>
      guestRegisters(vcpu({ maxphyaddr: 40, msrs: { 0xc0010010: syscfg, 0xc001001d: top } })).forcedWb?.end;
    expect(end(0x600000n, 0x2_4000_0000n)).toBe(0x240000);
    expect(end(0x600000n, 0x2_407f_ffffn)).toBe(0x240000);
    expect(end(0x600000n, 0x1_0000_0000n)).toBeUndefined();
    expect(end(0x200000n, 0x2_4000_0000n)).toBeUndefined();
  });

  it('counts the ranges that are stated: by vcnt, else by MTRRCAP, at most 40', () => {
    const counts = [{ vcnt: 9, msrs: MSRS }, { msrs: MSRS }, { msrs: { 0xfe: 0x5ffn } }, {}].map((init) => {
      const one = vcpu({ maxphyaddr: 46, ...init });
      return [statedRangeCount(one), rangeCount(one)];
    });
    expect(counts).toEqual([
      [9, 9],
      [10, 10],
      [40, 40],
      [undefined, 8],
    ]);
  });
});

function pairOf([msr, value]: readonly [string, bigint]): readonly [number, bigint] {
  return [Number(msr), value];
}
