/** SMRR and TME-MK in dumps, derived by hand; each row with its source. */

import { afterAll, describe, expect, it } from 'vitest';
import { check, type RuleId } from '../../src/check/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { checkInput } from '../../src/open/check-input.ts';
import { openText } from '../../src/open/index.ts';
import { policy } from '../../src/policy/index.ts';
import { ReadError } from '../../src/read/index.ts';
import { vcpuOf } from '../../src/vm/index.ts';

const auto = createEvaluatorSync({ engine: 'auto' });
afterAll(() => auto.dispose());

/** WB from 0 to 2 GiB, with masks that end at bit 39. */
const MASKS_OF_40 = '0xfe,0x508\n0x200,0x6\n0x201,0xff80000800\n0x2ff,0x800\n';

async function found(text: string, physBits?: number) {
  const opened = await openText(text, physBits === undefined ? {} : { physBits });
  const open = (index: number) => auto.view(vcpuOf(opened.vm, index), policy('sdm'));
  const rules = new Set<RuleId>(['mask-holes', 'mask-short', 'smram', 'key-ids']);
  const findings = check(checkInput(opened), auto, open, { rules });
  return { bits: opened.vm.maxphyaddr, findings, vm: opened.vm };
}

describe('KeyIDs of TME-MK', () => {
  it.each([
    // Intel, "Memory Encryption Technologies": bits 35:32 count KeyID bits, taken from the top of MAXPHYADDR.
    { tme: '0x600000003', phys: 46, bits: 40, rules: ['key-ids'] },
    // The same: bit 1 clear, nothing is taken, and the mask is short.
    { tme: '0x600000001', phys: 46, bits: 46, rules: ['mask-holes'] },
    // One KeyID bit more than the mask lacks: it is short all the same.
    { tme: '0x500000003', phys: 46, bits: 46, rules: ['mask-holes', 'key-ids'] },
    // Linux, arch/x86/kernel/cpu/intel.c: x86_phys_bits, and so /proc/cpuinfo, are less KeyIDs already.
    { tme: '0x600000003', phys: 40, bits: 40, rules: ['key-ids'] },
    // No width stated: the masks say it.
    { tme: '0x600000003', phys: undefined, bits: 40, rules: ['key-ids'] },
  ])('$tme with $phys bits stated leave $bits', async ({ tme, phys, bits, rules }) => {
    const result = await found(`0x982,${tme}\n${MASKS_OF_40}`, phys);
    expect(result.bits).toBe(bits);
    expect(result.findings.map(({ rule }) => rule)).toEqual(rules);
    expect(result.vm.vcpus[0]!.state.msrs.some(({ msr }) => msr === 0x982)).toBe(false);
  });

  it.each([
    // Linux, arch/x86/kernel/cpu/intel.c, detect_tme: from 6.10 on, then before; 63 = 2^6 - 1.
    { line: 'x86/mktme: BIOS enabled: x86_phys_bits reduced by 6', phys: 46, bits: 40, rules: ['key-ids'] },
    { line: 'x86/mktme: 63 KeyIDs available', phys: 46, bits: 40, rules: ['key-ids'] },
    { line: 'x86/mktme: 31 KeyIDs available', phys: 46, bits: 46, rules: ['mask-holes', 'key-ids'] },
    { line: 'x86/mktme: disabled by BIOS', phys: 46, bits: 46, rules: ['mask-holes'] },
    { line: 'x86/mktme: 63 KeyIDs available', phys: undefined, bits: 40, rules: ['key-ids'] },
  ])('"$line" with $phys bits stated leaves $bits', async ({ line, phys, bits, rules }) => {
    const result = await found(`[    0.000000] ${line}\n${MASKS_OF_40}`, phys);
    expect(result.bits).toBe(bits);
    expect(result.findings.map(({ rule }) => rule)).toEqual(rules);
  });

  it('by the register where the log says otherwise', async () => {
    const log = 'x86/mktme: 63 KeyIDs available\n';
    expect((await found(`${log}0x982,0x500000003\n${MASKS_OF_40}`, 46)).bits).toBe(46);
  });

  it('are refused where they leave fewer than 32 address bits', async () => {
    const opening = openText('0x982,0x800000003\n0x2ff,0x806\n', { physBits: 36, name: 'dump.csv' });
    await expect(opening).rejects.toThrow(ReadError);
    await expect(opening).rejects.toThrow(
      'dump.csv:1: IA32_TME_ACTIVATE 0x800000003 takes 8 of 36 address bits for KeyIDs: expected at least 32',
    );
  });
});

describe('SMRR', () => {
  it.each([
    // SDM vol. 3C, "System-Management Range Registers": base, type; mask, V in bit 11. 8 MiB below 2 GiB.
    { base: '0x7b000006', mask: '0xff800800', range: { start: 0x7b000, end: 0x7b800 } },
    // The base is compared under the mask.
    { base: '0x7b400006', mask: '0xff800800', range: { start: 0x7b000, end: 0x7b800 } },
    // V clear: off.
    { base: '0x7b000006', mask: '0xff800000', range: undefined },
  ])('$base/$mask is a fact, never #GP', async ({ base, mask, range }) => {
    const result = await found(`0x1f2,${base}\n0x1f3,${mask}\n${MASKS_OF_40}`);
    const smram = result.findings.filter(({ rule }) => rule === 'smram');
    expect(smram.map(({ ranges }) => ranges)).toEqual(range ? [[range]] : []);
    expect(result.vm.vcpus[0]!.state.msrs.some(({ msr }) => msr === 0x1f2 || msr === 0x1f3)).toBe(false);
    if (range) expect(smram[0]!.causes.map(({ value }) => value)).toEqual([BigInt(base), BigInt(mask)]);
  });
});
