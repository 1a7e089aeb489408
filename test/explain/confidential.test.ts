/** Confidential guests under KVM 6.18, derived by hand; each row with its source. */
import { afterAll, describe, expect, it } from 'vitest';
import { parseConfig, preset } from '../../src/config/index.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { explain } from '../../src/explain/index.ts';
import { type EngineName, vcpu, vcpuOf } from '../../src/index.ts';
import { policy, type Quirk } from '../../src/policy/index.ts';
import { UC_MINUS, WB } from '../../src/types.ts';
import { explainLines } from '../../src/write/index.ts';

const ENGINES: readonly EngineName[] = ['reference', 'direct', 'auto'];
const evaluators = new Map(ENGINES.map((engine) => [engine, createEvaluatorSync({ engine })]));
afterAll(() => {
  for (const evaluator of evaluators.values()) evaluator.dispose();
});

const SLOTS = [
  { gfn: 0, count: 0x80000, pfn: 0 },
  { gfn: 0x100000, count: 0x80000, pfn: 0x80000 },
];
const MMIO = [{ start: 0xfd000, end: 0xfd100 }];

describe('KVM side of a TDX guest', () => {
  // Sources: KVM 6.16 and later, vmx_get_mt_mask: host MMIO 0x00; without non-coherent DMA 0x70 while the quirk
  // ignore-guest-pat is on, else 0x30; with it 0x30. 90fe64a94d54: KVM keeps the quirk off for TDX VMs.
  it.each([
    { confidential: 'tdx' as const, noncoherentDma: false, at: 0x40000, mask: 0x30 },
    { confidential: 'tdx' as const, noncoherentDma: true, at: 0x40000, mask: 0x30 },
    { confidential: 'tdx' as const, noncoherentDma: false, at: 0xfd000, mask: 0x00 },
    // The same VM, but none of TDX: the quirk is on by default.
    { confidential: undefined, noncoherentDma: false, at: 0x40000, mask: 0x70 },
    { confidential: undefined, noncoherentDma: true, at: 0x40000, mask: 0x30 },
  ])('$confidential, DMA $noncoherentDma, frame $at: $mask', ({ confidential, noncoherentDma, at, mask }) => {
    const guest = vcpu({ maxphyaddr: 46, slots: SLOTS, mmio: MMIO, noncoherentDma, confidential });
    for (const [engine, evaluator] of evaluators) {
      const view = evaluator.view(guest, policy('kvm-6.18'));
      const [span] = view.spansOf('ept', { range: { start: at, end: at + 1 } });
      expect([engine, span!.type * 8 + span!.ipat * 0x40]).toEqual([engine, mask]);
    }
  });

  it.each([
    { init: { quirks: ['ignore-guest-pat'] as Quirk[] }, path: 'quirks' },
    { init: { selfSnoop: false }, path: 'selfSnoop' },
    { init: { confidential: 'sev' as 'tdx' }, path: 'confidential' },
  ])('refuses $init', ({ init, path }) => {
    const make = () => vcpu({ maxphyaddr: 46, confidential: 'tdx', ...init });
    expect(make).toThrow(expect.objectContaining({ path }));
  });

  it('is a key of a config, and a preset', () => {
    const { vm } = parseConfig('{maxphyaddr: 46, confidential: tdx, policy: kvm-6.18}', 'guest.yaml');
    expect([vm.confidential, vm.quirks]).toEqual(['tdx', []]);
    expect(preset('tdx-guest')).toMatchObject({
      confidential: 'tdx',
      policy: { name: 'kvm-6.18' },
      quirks: [],
    });
    expect(() => parseConfig('{maxphyaddr: 46, confidential: tdx, quirks: [ignore-guest-pat]}', 'g')).toThrow(
      'KVM keeps it off for TDX VMs',
    );
  });
});

describe('KVM side of an SNP guest', () => {
  // Sources: KVM on AMD hosts writes no memory type (svm_get_mt_mask is gone from 6.0 on); guest PAT is live whatever the
  // DMA; with host PAT WB an access gets the guest's PAT type, UC- being UC.
  it.each([
    { pat: 0 as const, type: 0 },
    { pat: 1 as const, type: 1 },
    { pat: 6 as const, type: 6 },
    { pat: 7 as const, type: 0 },
  ])('an access through PAT type $pat gets $type', ({ pat, type }) => {
    const guest = vcpuOf(preset('snp-guest'), 0);
    for (const [engine, evaluator] of evaluators) {
      const view = evaluator.view(guest, policy('kvm-6.18'));
      const [span] = view.spansOf('effective', { range: { start: 0x40000, end: 0x40001 }, pat });
      expect([engine, span!.type]).toEqual([engine, type]);
    }
  });

  it("tells the guest's Linux, and is of AMD hosts alone", () => {
    const view = evaluators.get('auto')!.view(vcpuOf(preset('snp-guest'), 0), policy('kvm-6.18'));
    expect(explain(view, 0xc0000).linux).toMatchObject({ rule: 'forced-uc', pciHole: { start: 0x80000 } });
    expect(() => vcpu({ maxphyaddr: 46, confidential: 'snp' })).toThrow('SNP is of AMD hosts');
    expect(() => vcpu({ maxphyaddr: 46, confidential: 'tdx', vendor: 'amd' })).toThrow(
      'TDX is of Intel hosts',
    );
  });
});

describe('guest Linux 6.18 in a TDX guest', () => {
  const guest = (slots = SLOTS) => vcpu({ maxphyaddr: 46, slots, mmio: MMIO, confidential: 'tdx' });
  const told = (one: ReturnType<typeof guest>, gfn: number) =>
    explain(evaluators.get('reference')!.view(one, policy('kvm-6.18')), gfn, { changes: false }).linux;

  // Sources: arch/x86/kernel/kvm.c, kvm_init_platform (0dccbc75e18d): default WB, UC from the end of low RAM to 4 GiB;
  // arch/x86/mm/pat/memtype.c, pat_x_mtrr_type: WB where the type is WB, else UC-; the ISA hole is not tracked.
  it.each([
    { at: 0x40000, rule: 'forced-wb', granted: WB },
    { at: 0x7ffff, rule: 'forced-wb', granted: WB },
    { at: 0x80000, rule: 'forced-uc', granted: UC_MINUS },
    { at: 0xfffff, rule: 'forced-uc', granted: UC_MINUS },
    { at: 0x100000, rule: 'forced-wb', granted: WB },
    { at: 0x3800000, rule: 'forced-wb', granted: WB },
    { at: 0xa0, rule: 'untracked', granted: WB },
    // Below 1 MiB no fixed range counts.
    { at: 0xc8, rule: 'untracked', granted: WB },
    { at: 0x9f, rule: 'forced-wb', granted: WB },
  ])('at frame $at: $rule', ({ at, rule, granted }) => {
    expect(told(guest(), at)).toEqual({ rule, granted, pciHole: { start: 0x80000, end: 0x100000 } });
  });

  it('has no PCI hole where RAM reaches 4 GiB, and flash or MMIO is no RAM', () => {
    const whole = [{ gfn: 0, count: 0x100000, pfn: 0 }];
    expect(told(guest(whole), 0xf0000)).toEqual({ rule: 'forced-wb', granted: WB });
    const flash = [...SLOTS, { gfn: 0xffc00, count: 0x400, pfn: 0xffc00, readonly: true }];
    const bar = [...flash, { gfn: 0xfd000, count: 0x100, pfn: 0xfd000 }];
    expect(told(guest(bar), 0xf0000)).toMatchObject({ pciHole: { start: 0x80000 } });
  });

  it('reads no MTRRs: what they say changes nothing, and no change of them is told', () => {
    const written = vcpu({ ...guest(), msrs: { 0x2ff: 0x800n }, guestHasMtrr: false });
    const view = evaluators.get('reference')!.view(written, policy('kvm-6.18'));
    const { linux, changes, guestChanges } = explain(view, 0x40000);
    expect([linux!.granted, guestChanges]).toEqual([WB, []]);
    const kinds = changes!.map(({ change }) => change.kind);
    expect(kinds).not.toContain('quirk');
    expect(kinds).not.toContain('policy');
  });

  it('is told in words, with what is assumed', () => {
    const view = evaluators.get('auto')!.view(vcpuOf(preset('tdx-guest'), 0), policy('kvm-6.18'));
    const lines = [...explainLines(explain(view, 0xc0000, { changes: false }), { subject: 'guest' })];
    const at = lines.findIndex((line) => line.startsWith('  guest Linux'));
    expect(lines.slice(at, at + 2)).toEqual([
      '  guest Linux  a WB request becomes UC-: it reads no MTRRs and counts all as WB but the PCI hole 0x80000000-0xffffffff (2G), UC',
      '               an access gets UC',
    ]);
    expect(lines.filter((line) => line.startsWith('  assumed: '))).toHaveLength(2);
  });
});
