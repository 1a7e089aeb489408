/**
 * AMD hosts, worked out by hand: each row with the rule that it follows from. NPT leaves are the architecture's page
 * table entries (AMD64 APM vol. 2, 5.4): present 0, write 1, user 2, PWT 3, PCD 4, accessed 5, dirty 6, page size 7.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy, wantsOn } from '../../src/policy/index.ts';
import type { PatType, Want } from '../../src/types.ts';
import type { Engine } from '../../src/vm/engine.ts';
import { hostAssumptions, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

interface Row {
  /** The rule, and where it is stated. */
  readonly from: string;
  readonly kernels: readonly string[];
  readonly vm?: Partial<VcpuInit>;
  readonly want: Want;
  readonly pat?: PatType;
  readonly gfn: number;
  readonly answer: unknown;
}

const ALL = ['kvm-4.7', 'kvm-5.19', 'kvm-6.0', 'kvm-6.8', 'kvm-6.10', 'kvm-6.11', 'kvm-6.16', 'kvm-7.2'];
const UP_TO_5_19 = ['kvm-4.7', 'kvm-4.19', 'kvm-5.16', 'kvm-5.19'];
const FROM_6_0 = ['kvm-6.0', 'kvm-6.6', 'kvm-6.10', 'kvm-6.11', 'kvm-6.18'];

const slot = (gfn: number, count: number, pfn: number, more = {}) => ({
  slots: [{ gfn, count, pfn, ...more }],
});
/** Everything UC, on purpose: what the guest's MTRRs say must not matter. */
const UC_GUEST = { msrs: { 0x2ff: 0x800n }, noncoherentDma: true };
/** Two 1 MiB WB ranges in one 2 MiB page, default UC: one type throughout, yet KVM's check refuses 2M. */
const TWO_RANGES = {
  msrs: { 0x200: 0x400006n, 0x201: 0x3ffffff00800n, 0x202: 0x500006n, 0x203: 0x3ffffff00800n, 0x2ff: 0x800n },
};
/** The host's MTRRs: WB, WC at 3G to 4G. */
const HOST_WC = { 0x200: 0xc0000001n, 0x201: 0xfffc0000800n, 0x2ff: 0x806n };
const HOST_UC = { 0x200: 0xc0000000n, 0x201: 0xfffc0000800n, 0x2ff: 0x806n };

const LEAF =
  'APM vol. 2, 5.4 and 15.25: P, W, U, A, D of a first write; PWT, PCD, PAT 0 (svm_get_mt_mask is 0)';
const LEVELS =
  'kvm_mtrr_check_gfn_range_consistency is asked whatever the vendor up to 5.19, d5e90a699858 ends it';
const MMIO = 'kvm_mmu_hugepage_adjust leaves reserved pfns at 4K up to 5.19, a8ac499bb6ab ends it';
const PAT = "the guest's PAT is live (g_pat of the VMCB), over the host's WB, whatever the DMA";
const CD = "CR0.CD is cleared in the VMCB while cd-nw-cleared is on, else the guest's is in hardware";
const HOST = 'UC- is UC unless the MTRR of the host frame is WC';

const ROWS: readonly Row[] = [
  {
    from: LEAF,
    kernels: ALL,
    vm: slot(0, 0x1000, 0x12345, { maxLevel: 1 }),
    want: 'leaf',
    gfn: 0,
    answer: [1, 0x12345067n],
  },
  {
    from: LEAF,
    kernels: ALL,
    vm: slot(0, 0x1000, 0x12345, { maxLevel: 1, readonly: true }),
    want: 'leaf',
    gfn: 0,
    answer: [1, 0x12345025n],
  },
  { from: LEAF, kernels: ALL, vm: slot(0, 0x200, 0x12200), want: 'leaf', gfn: 0, answer: [2, 0x122000e7n] },
  {
    from: LEAF,
    kernels: ALL,
    vm: slot(0, 0x200, 0x12200, { readonly: true }),
    want: 'leaf',
    gfn: 0,
    answer: [2, 0x122000a5n],
  },
  { from: LEAF, kernels: ALL, want: 'leaf', gfn: 0x40000, answer: [3, 0x400000e7n] },
  { from: LEAF, kernels: ALL, vm: slot(0, 0x200, 0x12200), want: 'leaf', gfn: 0x200, answer: [0, 0n] },
  {
    from: `guest MTRRs never reach NPT; ${LEAF}`,
    kernels: ALL,
    vm: UC_GUEST,
    want: 'leaf',
    gfn: 0x40000,
    answer: [3, 0x400000e7n],
  },
  {
    from: `host MMIO has no type either; ${LEAF}`,
    kernels: FROM_6_0,
    vm: { mmio: [{ start: 0x40000, end: 0x80000 }] },
    want: 'leaf',
    gfn: 0x40000,
    answer: [3, 0x400000e7n],
  },
  { from: LEVELS, kernels: UP_TO_5_19, vm: TWO_RANGES, want: 'levels', gfn: 0x400, answer: [1] },
  {
    from: LEVELS,
    kernels: UP_TO_5_19,
    vm: { ...TWO_RANGES, noncoherentDma: true },
    want: 'levels',
    gfn: 0x400,
    answer: [1],
  },
  { from: LEVELS, kernels: FROM_6_0, vm: TWO_RANGES, want: 'levels', gfn: 0x400, answer: [3] },
  {
    from: `with EPT alone from 6.0 to 6.10; ${LEVELS}`,
    kernels: FROM_6_0,
    vm: { ...TWO_RANGES, noncoherentDma: true },
    want: 'levels',
    gfn: 0x400,
    answer: [3],
  },
  {
    from: MMIO,
    kernels: UP_TO_5_19,
    vm: { mmio: [{ start: 0x40000, end: 0x80000 }] },
    want: 'levels',
    gfn: 0x40000,
    answer: [1],
  },
  {
    from: MMIO,
    kernels: FROM_6_0,
    vm: { mmio: [{ start: 0x40000, end: 0x80000 }] },
    want: 'levels',
    gfn: 0x40000,
    answer: [3],
  },
  ...([0, 1, 4, 5, 6] as const).flatMap((pat): Row[] => [
    { from: PAT, kernels: ALL, want: 'effective', pat, gfn: 0x1000, answer: [pat] },
    { from: PAT, kernels: ALL, vm: UC_GUEST, want: 'effective', pat, gfn: 0x1000, answer: [pat] },
    {
      from: `the tables' other cells were not seen: ${PAT}`,
      kernels: ALL,
      vm: { hostMsrs: HOST_UC },
      want: 'effective',
      pat,
      gfn: 0xc0000,
      answer: [pat],
    },
    { from: CD, kernels: ALL, vm: { cr0cd: true }, want: 'effective', pat, gfn: 0x1000, answer: [pat] },
    {
      from: CD,
      kernels: ALL,
      vm: { cr0cd: true, quirks: [] },
      want: 'effective',
      pat,
      gfn: 0x1000,
      answer: [0],
    },
  ]),
  { from: HOST, kernels: ALL, want: 'effective', pat: 7, gfn: 0xc0000, answer: [0] },
  {
    from: HOST,
    kernels: ALL,
    vm: { hostMsrs: HOST_WC },
    want: 'effective',
    pat: 7,
    gfn: 0xbffff,
    answer: [0],
  },
  {
    from: HOST,
    kernels: ALL,
    vm: { hostMsrs: HOST_WC },
    want: 'effective',
    pat: 7,
    gfn: 0xc0000,
    answer: [1],
  },
  {
    from: HOST,
    kernels: ALL,
    vm: { hostMsrs: HOST_WC },
    want: 'effective',
    pat: 7,
    gfn: 0x100000,
    answer: [0],
  },
  {
    from: HOST,
    kernels: ALL,
    vm: { hostMsrs: HOST_UC },
    want: 'effective',
    pat: 7,
    gfn: 0xc0000,
    answer: [0],
  },
  {
    from: `the host frame decides: ${HOST}`,
    kernels: ALL,
    vm: { hostMsrs: HOST_WC, ...slot(0, 0x200, 0xbff00) },
    want: 'effective',
    pat: 7,
    gfn: 0xff,
    answer: [0],
  },
  {
    from: `the host frame decides: ${HOST}`,
    kernels: ALL,
    vm: { hostMsrs: HOST_WC, ...slot(0, 0x200, 0xbff00) },
    want: 'effective',
    pat: 7,
    gfn: 0x100,
    answer: [1],
  },
  {
    from: `no frame, no MTRR: ${HOST}`,
    kernels: ALL,
    vm: { hostMsrs: HOST_WC, ...slot(0, 1, 0) },
    want: 'effective',
    pat: 7,
    gfn: 0xc0000,
    answer: [0],
  },
  {
    from: `TOM2 is WB by default, WC ranges win over it: ${HOST}`,
    kernels: ALL,
    vm: {
      hostMsrs: {
        ...HOST_WC,
        0x200: 0x100000001n,
        0x201: 0xfffc0000800n,
        0xc0010010: 0x600000n,
        0xc001001d: 0x200000000n,
      },
    },
    want: 'effective',
    pat: 7,
    gfn: 0x100000,
    answer: [1],
  },
];

describe.each(backends)('AMD hosts on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  it.each(ROWS)('$want at $gfn: $from', ({ kernels, vm, want, pat, gfn, answer }) => {
    for (const kernel of kernels) {
      const view = engine.open(vcpu({ maxphyaddr: 46, ...vm, vendor: 'amd' }), policy(kernel));
      const query = { range: { start: gfn, end: gfn + 1 }, ...(pat !== undefined && { pat }) };
      const [span] = [...view.spans(want, query)];
      const { start, end, ...values } = span!;
      expect(Object.values(values), kernel).toEqual(answer);
      const [total] = view.totals(want, query);
      expect(total!.pages).toBe(1n);
      view.dispose();
    }
  });

  it('has 4K entries without a type for all frames, host MMIO included', () => {
    const mmio = [{ start: 2, end: 4 }];
    const view = engine.open(vcpu({ maxphyaddr: 46, vendor: 'amd', mmio }), policy('kvm-6.8'));
    expect([...view.entries(0, 5)]).toEqual([0x67n, 0x1067n, 0x2067n, 0x3067n, 0x4067n]);
    expect([...view.types(0, 5)]).toEqual([6, 6, 6, 6, 6]);
    view.dispose();
  });

  it('refuses EPT, policies that are no KVM, and hosts that cannot be', () => {
    const amd = { maxphyaddr: 46, vendor: 'amd' } as const;
    const view = engine.open(vcpu(amd), policy('kvm-6.8'));
    expect(() => [...view.spans('ept')]).toThrow('want: an AMD host has nested page tables (NPT), no EPT');
    view.dispose();
    for (const name of ['sdm', 'peer-xen']) {
      expect(() => engine.open(vcpu(amd), policy(name))).toThrow(
        `vendor: ${name} says nothing of an AMD host`,
      );
    }
    expect(() => vcpu({ ...amd, confidential: 'tdx' })).toThrow(
      'vendor: expected intel: TDX is of Intel hosts',
    );
    const open = (hostMsrs: Record<number, bigint>) =>
      engine.open(vcpu({ ...amd, hostMsrs }), policy('kvm-6.8'));
    expect(() => open({ 0x2ff: 0x807n })).toThrow(
      '#GP: WRMSR 0x2ff <- 0x807 is refused, so that no host holds it',
    );
    const both = vcpu({ ...amd, msrs: { 0x2ff: 0x803n }, hostMsrs: { 0x2ff: 0x807n } });
    expect(() => engine.open(both, policy('kvm-6.8'))).toThrow(/^#GP: WRMSR 0x2ff <- 0x803 is refused$/);
    expect(() => open({ 0x277: 0x0007040600070400n })).toThrow(
      'hostMsrs.0x277: nested page tables go through',
    );
  });
});

describe('what answers of an AMD host rest on', () => {
  it('is said of what nobody has seen, and of what is not stated', () => {
    const amd = vcpu({ maxphyaddr: 46, vendor: 'amd' });
    const KVM = policy('kvm-6.8');
    expect(hostAssumptions(amd, KVM, ['levels'])).toEqual([]);
    expect(hostAssumptions(amd, KVM, ['leaf']).join()).toMatch(/architecture's bits alone/);
    expect(hostAssumptions(amd, KVM, ['effective'])).toHaveLength(2);
    expect(hostAssumptions({ ...amd, hostMsrs: [] }, KVM, ['effective'])).toHaveLength(1);
    expect(hostAssumptions(vcpu({ maxphyaddr: 46 }), KVM, ['effective', 'leaf'])).toEqual([]);
    expect(wantsOn(policy('kvm-6.10'), 'amd')).toEqual(['mtrr', 'effective', 'levels', 'leaf']);
  });
});
