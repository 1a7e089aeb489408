/** Why pairs of setups differ, and what restores lost, word for word: answers.txt. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CauseFinder, restored, type Setup } from '../../src/diff/index.ts';
import { changesBetween } from '../../src/diff/setup.ts';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type Policy, policy, policyFromFlags } from '../../src/policy/index.ts';
import type { PatType, Want } from '../../src/types.ts';
import { type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { writtenDown } from '../transcripts/written-down.ts';
import { SAVED } from './saved-states.ts';

const engine = createEvaluatorSync({ engine: 'auto' });
afterAll(() => engine.dispose());

/** WB below 4 GiB with a UC hole from 3 GiB on, default UC. */
const GUEST: VcpuInit = {
  maxphyaddr: 36,
  noncoherentDma: true,
  msrs: { 0x200: 6n, 0x201: 0xf_0000_0800n, 0x202: 0xc0000000n, 0x203: 0xf_c000_0800n, 0x2ff: 0x800n },
};
type Side = readonly [rules: string | Policy, init?: Partial<VcpuInit>];
const NO_QUIRKS = policyFromFlags({ base: 'kvm-6.6', defaultQuirks: [] });
const setupOf = ([rules, init]: Side): Setup => ({
  vcpu: vcpu({ ...GUEST, ...init }),
  policy: typeof rules === 'string' ? policy(rules) : rules,
});

interface Pair {
  readonly a: Side;
  readonly b: Side;
  readonly want?: Want;
  readonly pat?: PatType;
  /** Frames that are asked for. Default: RAM, the hole, above 4 GiB. */
  readonly at?: readonly number[];
}

const fixed = (msr: number, value: bigint): Readonly<Record<number, bigint>> => ({
  ...GUEST.msrs,
  0x2ff: 0xc00n,
  [msr]: value,
});
const MMIO = [{ start: 0xc0000, end: 0xc1000 }];
const SLOT = { gfn: 0, count: 2 ** 20, pfn: 0 };

const PAIRS: Readonly<Record<string, Pair>> = {
  'one setup': { a: ['kvm-6.6'], b: ['kvm-6.6'] },
  'spaces of two sizes': { a: ['sdm'], b: ['sdm', { maxphyaddr: 37 }] },
  // Kernels
  ...Object.fromEntries(
    (
      [
        ['kvm-4.7', 'kvm-5.16'],
        ['kvm-5.16', 'kvm-6.6'],
        ['kvm-6.6', 'kvm-6.8'],
        ['kvm-6.8', 'kvm-6.6'],
        ['kvm-6.8', 'kvm-6.10'],
        ['kvm-6.10', 'kvm-6.11'],
        ['kvm-6.11', 'kvm-6.10'],
        ['kvm-6.11-rc1', 'kvm-6.11'],
        ['kvm-6.11', 'kvm-6.16'],
        ['kvm-6.16', 'kvm-7.2'],
        ['kvm-7.2', 'kvm-4.7'],
        ['kvm-5.3', 'kvm-6.16'],
      ] as const
    ).flatMap(([a, b]) =>
      (['ept', 'leaf'] as const).map((want) => [`${want} of ${a} and ${b}`, { a: [a], b: [b], want }]),
    ),
  ),
  'CR0.CD under 6.6 and 6.8': { a: ['kvm-6.6', { cr0cd: true }], b: ['kvm-6.8', { cr0cd: true }] },
  'CR0.CD under 6.10 and 6.11': { a: ['kvm-6.10', { cr0cd: true }], b: ['kvm-6.11', { cr0cd: true }] },
  'no self-snoop under 6.11-rc1 and 6.11': {
    a: ['kvm-6.11-rc1', { noncoherentDma: false }],
    b: ['kvm-6.11', { noncoherentDma: false }],
  },
  'levels without non-coherent DMA under 5.19 and 6.0': {
    a: ['kvm-5.19', { noncoherentDma: false }],
    b: ['kvm-6.0', { noncoherentDma: false }],
    want: 'levels',
    at: [0xc0000, 0],
  },
  // KVM and the manual
  ...Object.fromEntries(
    (['kvm-5.16', 'kvm-6.8', 'kvm-6.16'] as const).flatMap((name) =>
      (['mtrr', 'ept', 'effective', 'levels', 'leaf'] as const)
        .filter((want) => want !== 'mtrr' || name !== 'kvm-6.16')
        .map((want) => [`${want} of the manual and ${name}`, { a: ['sdm'], b: [name], want }]),
    ),
  ),
  'ept of kvm-5.16 and the manual': { a: ['kvm-5.16'], b: ['sdm'] },
  'ept of the manual and kvm-5.16 without non-coherent DMA': {
    a: ['sdm', { noncoherentDma: false }],
    b: ['kvm-5.16', { noncoherentDma: false }],
  },
  'ept of the manual and kvm-5.16 under CR0.CD': {
    a: ['sdm', { cr0cd: true }],
    b: ['kvm-5.16', { cr0cd: true }],
  },
  'ept of the manual and kvm-6.16 under CR0.CD': {
    a: ['sdm', { cr0cd: true }],
    b: ['kvm-6.16', { cr0cd: true }],
  },
  'ept of the manual and kvm-5.16 with host MMIO': {
    a: ['sdm', { mmio: [{ start: 0x1000, end: 0x2000 }] }],
    b: ['kvm-5.16', { mmio: [{ start: 0x1000, end: 0x2000 }] }],
    at: [0xfff, 0x1000, 0x1fff, 0x2000],
  },
  'levels of the manual and kernels with host MMIO, 5.16': {
    a: ['sdm', { mmio: MMIO }],
    b: ['kvm-5.16', { mmio: MMIO }],
    want: 'levels',
    at: [0xc0000, 0xc1000],
  },
  'levels of the manual and kernels with host MMIO, 6.8': {
    a: ['sdm', { mmio: MMIO }],
    b: ['kvm-6.8', { mmio: MMIO }],
    want: 'levels',
    at: [0xc0000, 0xc1000],
  },
  'levels of the manual and 6.8 without non-coherent DMA': {
    a: ['sdm', { noncoherentDma: false }],
    b: ['kvm-6.8', { noncoherentDma: false }],
    want: 'levels',
  },
  // Peers
  'mtrr of the manual and Linux 6.5': { a: ['sdm'], b: ['peer-linux-6.5'], want: 'mtrr', at: [0xc0000, 0] },
  'mtrr of Linux 6.4 and 6.5': { a: ['peer-linux-6.4'], b: ['peer-linux-6.5'], want: 'mtrr' },
  'mtrr of one peer': { a: ['peer-xen'], b: ['peer-xen', { msrs: { 0x2ff: 0x806n } }], want: 'mtrr' },
  // Registers
  'a register that only one side writes': {
    a: ['sdm'],
    b: ['sdm', { msrs: { ...GUEST.msrs, 0x277: 0n, 0x204: 1n } }],
  },
  'ranges that one side does not have': {
    a: ['sdm'],
    b: [
      'sdm',
      { msrs: { 0x200: 6n, 0x201: 0xf_0000_0800n, 0x204: 1n, 0x250: 0x0606060606060606n, 0x2ff: 0x800n } },
    ],
  },
  'registers, ascending': {
    a: ['sdm', { msrs: { 0x2ff: 0x806n } }],
    b: ['sdm', { msrs: { 0x200: 6n, 0x201: 0xf80000800n, 0x2ff: 0x800n } }],
  },
  'a default type': { a: ['sdm'], b: ['sdm', { msrs: { ...GUEST.msrs, 0x2ff: 0x806n } }] },
  'MTRRs that are off': { a: ['sdm'], b: ['sdm', { msrs: { ...GUEST.msrs, 0x2ff: 0n } }] },
  'fixed registers': {
    a: ['sdm', { msrs: fixed(0x250, 0x0606060606060606n) }],
    b: ['sdm', { msrs: fixed(0x250, 0x0606060606060601n) }],
    at: [0, 0x10],
  },
  'the manual and KVM over fixed registers': {
    a: ['sdm', { msrs: fixed(0x258, 0x0606060606060606n), cr0cd: true }],
    b: ['kvm-5.16', { msrs: fixed(0x258, 0x0606060606060606n), cr0cd: true }],
    at: [0, 0x80, 0xff, 0x100],
  },
  // Switches
  'every switch': {
    a: ['kvm-6.6'],
    b: [
      'kvm-6.6',
      {
        cr0cd: true,
        guestHasMtrr: false,
        noncoherentDma: false,
        selfSnoop: false,
        quirks: ['ignore-guest-pat'],
        vcnt: 8,
      },
    ],
  },
  'a kernel with other quirks by default': {
    a: ['kvm-6.6', { cr0cd: true }],
    b: [NO_QUIRKS, { cr0cd: true }],
  },
  'a kernel with quirks by default that another lacks': {
    a: [NO_QUIRKS, { cr0cd: true }],
    b: ['kvm-6.6', { cr0cd: true }],
  },
  'no quirks': { a: ['kvm-6.6', { cr0cd: true }], b: ['kvm-6.6', { cr0cd: true, quirks: [] }] },
  'quirks in another order': {
    a: ['kvm-6.6', { quirks: ['cd-nw-cleared', 'ignore-guest-pat'] }],
    b: ['kvm-6.6', { quirks: ['ignore-guest-pat', 'cd-nw-cleared'] }],
  },
  'two changes of which neither suffices': { a: ['kvm-5.16'], b: ['kvm-5.16', { cr0cd: true, quirks: [] }] },
  'another host': { a: ['kvm-6.6'], b: ['kvm-6.6', { vendor: 'amd' }], want: 'effective' },
  'another host’s MTRRs': {
    a: ['kvm-6.6', { vendor: 'amd' }],
    b: ['kvm-6.6', { vendor: 'amd', hostMsrs: { 0x2ff: 0x806n } }],
    want: 'effective',
  },
  // Memory
  'other slots': { a: ['kvm-6.6'], b: ['kvm-6.6', { slots: [{ ...SLOT, maxLevel: 1 }] }], want: 'levels' },
  'other MMIO': { a: ['kvm-6.6'], b: ['kvm-6.6', { mmio: [{ start: 0, end: 0x1000 }] }] },
  'entries in another place': {
    a: ['kvm-6.6'],
    b: ['kvm-6.6', { slots: [{ ...SLOT, pfn: 0x40000 }] }],
    want: 'leaf',
  },
  'all at once': {
    a: ['kvm-5.16'],
    b: [
      'kvm-6.16',
      { msrs: { 0x2ff: 0x806n }, mmio: [{ start: 0, end: 0x1000 }], slots: [SLOT], selfSnoop: false },
    ],
    want: 'leaf',
  },
};

function pairText({ a, b, want = 'ept', pat = 6, at = [0x1000, 0xc0000, 0x400000] }: Pair): string {
  const [one, other] = [setupOf(a), setupOf(b)];
  const all = changesBetween(one, other, want).map(
    ({ kind, name, commit, text }) =>
      `  ${kind} ${name}${commit ? ` (commit ${commit.id})` : ''}: ${text(at[0]!)}`,
  );
  const finder = new CauseFinder(engine, one, other, want, pat);
  const causes = at.map((gfn) => {
    const { changes, registers } = finder.causeAt(gfn);
    const said = changes.map(({ name, text }) => `${name}: ${text}`).join('; ') || 'nothing';
    return `at 0x${gfn.toString(16)} ${said}${registers.length > 0 ? ` [${registers.join(', ')}]` : ''}`;
  });
  finder.dispose();
  return [...(all.length > 0 ? all : ['  no change']), ...causes].join('\n');
}

type Registers = Readonly<Record<number, bigint>>;
interface Restore {
  /** By position: vCPU 0, 1, 2... */
  readonly before: readonly Registers[];
  readonly after: readonly (Registers | undefined)[];
  readonly cacheDisable?: readonly [Readonly<Record<number, boolean>>, Readonly<Record<number, boolean>>];
}
const state = (change: Registers = {}, left: readonly number[] = []): Registers =>
  Object.fromEntries(
    Object.entries({ ...SAVED, ...change }).filter(([msr]) => !left.includes(Number(msr))),
  ) as Registers;
const PAT_RESET = 0x0007040600070406n;
const FIXED = [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f];
const OFF = Object.fromEntries([0x200, 0x201, 0x202, 0x203, 0x2ff, ...FIXED].map((msr) => [msr, 0n]));
const OTHER = state({ 0x200: 0x80000000n, 0x201: 0xff80000800n });
const ALL_ALIKE = state({ 0x202: 0xc0000000n, 0x203: 0xffc0000800n });

const RESTORES: Readonly<Record<string, Restore>> = {
  'all back': { before: [state()], after: [state()] },
  'nothing saved': { before: [], after: [] },
  'a vCPU that is missing, and one more': {
    before: [state(), state()],
    after: [state(), undefined, state()],
  },
  'every way in which one register is lost': {
    before: [state(), OTHER],
    after: [
      state(
        {
          0x200: 0x8000000000n,
          0x201: 0n,
          0x203: 0x8000000000n,
          0x250: 0x06060606n,
          0x258: 0x0606060606060605n,
          0x277: PAT_RESET,
          0x2ff: 0xc00n,
        },
        [0x259],
      ),
      state({ 0x200: 0xc0000000n, 0x201: 0xffc0000800n }),
    ],
  },
  'upper halves that are gone': {
    before: [state({ 0x200: 0x380000001n, 0x250: 0x0505050585050505n })],
    after: [state({ 0x200: 0x80000001n, 0x250: 0x85050505n })],
  },
  'masks for fewer address bits': {
    before: [state()],
    after: [state({ 0x201: 0xfc0000800n, 0x203: 0x8000000800n })],
  },
  'masks for more address bits': {
    before: [state(), state()],
    after: [state({ 0x201: 0x3fffc0000800n }), state({ 0x201: 0x3fffc0000800n })],
  },
  'masks for fewer bits and for more': {
    before: [state(), state()],
    after: [state({ 0x201: 0x3fffc0000800n }), state({ 0x201: 0xfc0000800n })],
  },
  'a mask of another size': { before: [state()], after: [state({ 0x201: 0xff80000800n })] },
  'a mask for fewer address bits, and of another size': {
    before: [state()],
    after: [state({ 0x201: 0xf80000800n })],
  },
  'a mask that is off and shorter': { before: [state()], after: [state({ 0x201: 0xfc0000000n })] },
  'E, FE, both': {
    before: [state(), state(), state()],
    after: [state({ 0x2ff: 0x406n }), state({ 0x2ff: 0x806n }), state({ 0x2ff: 6n })],
  },
  'valid bits': { before: [state()], after: [state({ 0x201: 0xffc0000000n, 0x203: 0x8000000000n })] },
  'valid bits of one range': { before: [state()], after: [state({ 0x201: 0xffc0000000n })] },
  'the ranges': { before: [state()], after: [state({ 0x200: 0n, 0x201: 0n, 0x202: 0n, 0x203: 0n })] },
  'the ranges and the default': {
    before: [state()],
    after: [state({ 0x200: 0n, 0x201: 0n, 0x202: 0n, 0x203: 0n, 0x2ff: 0n })],
  },
  'the ranges of MTRRs that were off': {
    before: [state({ 0x2ff: 6n })],
    after: [state({ 0x200: 0n, 0x201: 0n, 0x202: 0n, 0x203: 0n, 0x2ff: 6n })],
  },
  'all MTRRs of one vCPU': { before: [state()], after: [state(OFF)] },
  'all MTRRs of all vCPUs but the first': {
    before: [state(), state(), state(), state()],
    after: [state(), state(OFF), state(OFF), state(OFF)],
  },
  'all MTRRs of all vCPUs': { before: [state(), state()], after: [state(OFF), state(OFF)] },
  'all MTRRs but one register': { before: [state()], after: [state({ ...OFF, 0x26f: 0x0606060606060606n })] },
  'all MTRRs, and PAT': { before: [state()], after: [state({ ...OFF, 0x277: PAT_RESET })] },
  'MTRRs that were never on': { before: [OFF], after: [OFF] },
  'PAT alone': {
    before: [state(), state()],
    after: [state({ 0x277: PAT_RESET }), state({ 0x277: PAT_RESET })],
  },
  'PAT alone, absent': { before: [state()], after: [state({}, [0x277])] },
  'PAT alone of one vCPU': { before: [state(), state()], after: [state(), state({ 0x277: PAT_RESET })] },
  'PAT that is another': { before: [state()], after: [state({ 0x277: 0x0407050600070104n })] },
  'range 0 in all of them': { before: [ALL_ALIKE, state()], after: [ALL_ALIKE, state()] },
  'a range in all of them, one base left out': {
    before: [state({ 0x200: 0n, 0x203: 0xffc0000800n }, [0x202])],
    after: [state({ 0x200: 0n, 0x203: 0xffc0000800n }, [0x202])],
  },
  'no mask at all': { before: [state({}, [0x201, 0x203])], after: [state({}, [0x201, 0x203])] },
  'range 0 that is off in all of them': {
    before: [state({ 0x200: 0n, 0x201: 0n, 0x202: 0n, 0x203: 0n })],
    after: [state({ 0x200: 0n, 0x201: 0n, 0x202: 0n, 0x203: 0n })],
  },
  'ranges of one size': {
    before: [state({ 0x203: 0xffc0000800n })],
    after: [state({ 0x203: 0xffc0000800n })],
  },
  'ranges with one base': { before: [state({ 0x202: 0xc0000000n })], after: [state({ 0x202: 0xc0000000n })] },
  'one range': { before: [state({}, [0x202, 0x203])], after: [state({}, [0x202, 0x203])] },
  'registers that are never saved': {
    before: [{ 0x2ff: 0xc06n, 0x10: 5n }],
    after: [{ 0x2ff: 0xc06n, 0x10: 6n }],
  },
  'losses alike and not': {
    before: [state(), state(), state(), state()],
    after: [state({ 0x2ff: 0n }), state({ 0x2ff: 6n }), state({ 0x2ff: 0n }), state()],
  },
  'what the first vCPU held, of the first itself': { before: [OTHER, state()], after: [OTHER, OTHER] },
  'what another range held, in base and mask': {
    before: [state()],
    after: [state({ 0x200: 0x8000000000n, 0x201: 0x8000000800n })],
  },
  'what a mask held, in a fixed register': {
    before: [state()],
    after: [state({ 0x250: 0xffc0000800n, 0x2ff: 0xc0000000n })],
  },
  'a base in a mask’s place': {
    before: [state({ 0x202: 0xffc0000800n })],
    after: [state({ 0x201: 0xc0000000n, 0x202: 0xffc0000801n })],
  },
  'CR0.CD': {
    before: [state(), state(), state(), state(), state()],
    after: [state(), state(), state(), state(), state()],
    cacheDisable: [
      { 0: true, 1: false, 2: true, 3: true },
      { 0: false, 1: true, 2: true, 4: true },
    ],
  },
};

const hex = (value: bigint | undefined): string =>
  value === undefined ? 'nothing' : `0x${value.toString(16)}`;
const list = (items: readonly unknown[]): string => items.join() || 'none';
const mapOf = <T>(record: Readonly<Record<number, T>>): ReadonlyMap<number, T> =>
  new Map(Object.entries(record).map(([key, value]) => [Number(key), value]));

function restoreText({ before, after, cacheDisable = [{}, {}] }: Restore): string {
  const states = (list: readonly (Registers | undefined)[]) =>
    new Map(list.flatMap((one, id) => (one ? [[id, mapOf(one)] as const] : [])));
  const [cdBefore, cdAfter] = cacheDisable;
  const result = restored(states(before), states(after), [mapOf(cdBefore), mapOf(cdAfter)]);
  return [
    `vCPUs ${list(result.vcpus)}; missing ${list(result.missing)}; never saved ${list(result.neverSaved.map((msr) => hex(BigInt(msr))))}`,
    ...result.losses.flatMap(({ ids, registers }) => [
      `vCPUs ${ids}`,
      ...registers.map(
        ({ msr, kind, before: was, after: is, text }) =>
          `  0x${msr.toString(16)} ${hex(was)} -> ${hex(is)} ${kind}: ${text}`,
      ),
    ]),
    ...result.cacheDisable.map(({ ids, before: was }) => `CR0.CD of vCPUs ${ids} was ${was}`),
    ...result.patterns.map((pattern) => `pattern: ${pattern}`),
  ].join('\n');
}

const ANSWERS: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(Object.entries(PAIRS).map(([name, pair]) => [name, () => pairText(pair)])),
  ...Object.fromEntries(
    Object.entries(RESTORES).map(([name, one]) => [`restored: ${name}`, () => restoreText(one)]),
  ),
};

describe('what is said of', () => {
  writtenDown(fileURLToPath(new URL('answers.txt', import.meta.url)), '# ', Object.keys(ANSWERS), (title) =>
    ANSWERS[title]!(),
  );
});

it('vCPUs that were saved in any order are named ascending', () => {
  const state = (value: bigint) => new Map([[0x2ff, value]]);
  const saved = new Map([10, 2, 1, 9].map((id) => [id, state(0xc06n)]));
  const result = restored(saved, new Map([[2, state(0xc06n)]]));
  expect([result.vcpus, result.missing]).toEqual([
    [1, 2, 9, 10],
    [1, 9, 10],
  ]);
});
