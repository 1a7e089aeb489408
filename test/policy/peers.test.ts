/** Other systems' rules, one by one, on layouts small enough to work out by hand. */
import { describe, expect, it } from 'vitest';
import { PEER_NAMES, PEERS, policy, wantsOf } from '../../src/policy/index.ts';
import { UC, UNDEFINED, WB, WC, WP, WT } from '../../src/types.ts';
import { vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

const ENABLED = 0x800n;
const FIXED_ENABLED = 0x400n;
const VALID = 0x800n;
const MAXPHYADDR = 36;
const SPACE = 1n << 36n;

/** Registers of a range of a power of two bytes. */
function range(index: number, base: bigint, size: bigint, type: number): [number, bigint][] {
  return [
    [0x200 + 2 * index, base | BigInt(type)],
    [0x201 + 2 * index, (SPACE - size) | VALID],
  ];
}

/** Type that a peer gives the frame of an address. */
function typeFrom(
  create: (typeof backends)[number]['create'],
  name: string,
  msrs: [number, bigint][],
  gpa: number,
) {
  const engine = create();
  const view = engine.open(vcpu({ maxphyaddr: MAXPHYADDR, msrs }), policy(name));
  const gfn = gpa / 4096;
  const [span] = view.spans('mtrr', { range: { start: gfn, end: gfn + 1 } });
  view.dispose();
  engine.dispose();
  return span!.type;
}

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Two ranges over the first GiB, in this order of registers; default UC. */
const pair = (first: number, second: number): [number, bigint][] => [
  [0x2ff, ENABLED],
  ...range(0, 0n, 1n << 30n, first),
  ...range(1, 0n, 1n << 31n, second),
];

/** What each peer makes of two ranges that overlap, in register order. */
const OVERLAPS: readonly (readonly [string, number, number, number])[] = [
  ['peer-xen', WB, WT, WT],
  ['peer-xen', WB, UC, UC],
  ['peer-xen', WC, WP, WP],
  ['peer-xen', WP, WC, WC],
  ['peer-linux-6.4', WC, WP, UC],
  ['peer-linux-6.4', WT, WB, WT],
  ['peer-linux-6.5', WC, WB, UC],
  ['peer-linux-6.5', WB, WT, WT],
  ['peer-hyperdbg', UC, WB, WB],
  ['peer-hyperdbg', WB, UC, UC],
  ['peer-hyperdbg', WT, WB, WB],
  ['peer-hyperdbg', WB, WT, WT],
  ['peer-hyperplatform', UC, WB, UC],
  ['peer-hyperplatform', WT, WB, WB],
  ['peer-hyperplatform', WC, WP, WP],
  ['peer-hvpp', WB, WT, UC],
  ['peer-hvpp', WB, UC, UC],
  ['peer-jonomango', WB, WC, WC],
  ['peer-jonomango', WP, WT, WT],
];

describe.each(backends.map((backend) => [backend.name, backend] as const))(
  'peers on %s',
  (_name, { create }) => {
    it.each(OVERLAPS)('%s: %i then %i gives %i', (name, first, second, expected) => {
      expect(typeFrom(create, name, pair(first, second), 512 * MIB)).toBe(expected);
    });

    it('hvpp: types other than UC never count, the default does', () => {
      const msrs: [number, bigint][] = [[0x2ff, ENABLED | BigInt(WB)], ...range(0, 0n, 1n << 30n, WT)];
      expect(typeFrom(create, 'peer-hvpp', msrs, MIB)).toBe(WB);
    });

    it('hvpp: a fixed range counts only where it is UC', () => {
      const msrs: [number, bigint][] = [
        [0x2ff, ENABLED | FIXED_ENABLED | BigInt(WB)],
        [0x250, 0x0404040404040404n],
      ];
      expect(typeFrom(create, 'peer-hvpp', msrs, 0)).toBe(WB);
      expect(typeFrom(create, 'peer-hvpp', msrs, 0xa0000)).toBe(UC);
      expect(typeFrom(create, 'peer-xen', msrs, 0)).toBe(WT);
    });

    it('jonomango: UC for the first MiB as soon as fixed ranges are on', () => {
      const msrs: [number, bigint][] = [
        [0x2ff, ENABLED | FIXED_ENABLED | BigInt(WB)],
        [0x250, 0x0606060606060606n],
      ];
      expect(typeFrom(create, 'peer-jonomango', msrs, 0)).toBe(UC);
      expect(typeFrom(create, 'peer-jonomango', msrs, MIB)).toBe(WB);
    });

    it.each([
      ['peer-xen', UC],
      ['peer-linux-6.4', UNDEFINED],
      ['peer-linux-6.5', UC],
      ['peer-hyperdbg', UC],
      ['peer-hyperplatform', WB],
      ['peer-hvpp', WT],
      ['peer-jonomango', UC],
    ])('%s while MTRRs are off', (name, expected) => {
      const msrs: [number, bigint][] = [[0x2ff, BigInt(WT)], ...range(0, 0n, 1n << 30n, WB)];
      expect(typeFrom(create, name, msrs, MIB)).toBe(expected);
    });

    it('an unaligned base: the manual aligns it down, Linux from 6.5 on does not', () => {
      // Q5: base 0x180000, size 1 MiB.
      const msrs: [number, bigint][] = [[0x2ff, ENABLED], ...range(0, 0x180000n, 1n << 20n, WB)];
      const at = (name: string, gpa: number) => typeFrom(create, name, msrs, gpa);
      expect([0x100000, 0x180000, 0x200000].map((gpa) => at('peer-xen', gpa))).toEqual([WB, WB, UC]);
      expect([0x100000, 0x180000, 0x200000].map((gpa) => at('peer-linux-6.5', gpa))).toEqual([UC, WB, WB]);
    });

    it('a mask of 0: everything, from the base on, or nothing', () => {
      const msrs: [number, bigint][] = [
        [0x2ff, ENABLED],
        [0x200, (1n << 31n) | BigInt(WB)],
        [0x201, VALID],
      ];
      const at = (name: string) => [GIB, 3 * GIB].map((gpa) => typeFrom(create, name, msrs, gpa));
      expect(at('peer-linux-6.4')).toEqual([WB, WB]);
      expect(at('peer-linux-6.5')).toEqual([UC, WB]);
      expect(at('peer-hyperdbg')).toEqual([UC, UC]);
    });

    it('TOM2 beats a UC range for Linux; no other peer looks at it', () => {
      const msrs: [number, bigint][] = [
        [0x2ff, ENABLED],
        ...range(0, 1n << 32n, 1n << 32n, UC),
        [0xc0010010, 0x600000n],
        [0xc001001d, 6n << 30n],
      ];
      const at = (name: string) => [5 * GIB, 7 * GIB].map((gpa) => typeFrom(create, name, msrs, gpa));
      expect(at('peer-linux-6.5')).toEqual([WB, UC]);
      expect(at('peer-linux-6.4')).toEqual([WB, UC]);
      expect(at('peer-xen')).toEqual([UC, UC]);
      expect(at('sdm')).toEqual([UC, UC]);
    });
  },
);

describe.each(backends.map((backend) => [backend.name, backend] as const))(
  'peer-xen-ept on %s',
  (_, { create }) => {
    const msrs: [number, bigint][] = [[0x2ff, ENABLED | BigInt(WB)], ...range(0, 0n, 1n << 30n, WC)];
    const mmio = [{ start: 0x100, end: 0x200 }];
    const answers = (init: object, want: 'ept' | 'mtrr') => {
      const engine = create();
      const view = engine.open(vcpu({ maxphyaddr: MAXPHYADDR, msrs, mmio, ...init }), policy('peer-xen-ept'));
      const spans = [...view.spans(want, { range: { start: 0, end: 0x80000 } })];
      const bytes = [...view.types(0xff, 3)];
      engine.dispose();
      return { spans, bytes };
    };

    it('without a device is WB with IPAT but for direct MMIO', () => {
      expect(answers({}, 'ept')).toEqual({
        spans: [
          { start: 0, end: 0x100, type: WB, ipat: 1 },
          { start: 0x100, end: 0x200, type: UC, ipat: 0 },
          { start: 0x200, end: 0x80000, type: WB, ipat: 1 },
        ],
        bytes: [WB, UC, UC],
      });
    });

    it('with a device is what the MTRRs say but for direct MMIO, whatever CR0.CD says', () => {
      for (const cr0cd of [false, true]) {
        expect(answers({ noncoherentDma: true, cr0cd }, 'ept')).toEqual({
          spans: [
            { start: 0, end: 0x100, type: WC, ipat: 0 },
            { start: 0x100, end: 0x200, type: UC, ipat: 0 },
            { start: 0x200, end: 0x40000, type: WC, ipat: 0 },
            { start: 0x40000, end: 0x80000, type: WB, ipat: 0 },
          ],
          bytes: [WC, UC, UC],
        });
      }
    });

    it('holds MMIO apart from masks with holes, in entries and in the lookup', () => {
      // WC where bit 20 of the address is 0, below 4 MiB; MMIO from 1.5 to 2.5 MiB.
      const holes: [number, bigint][] = [
        [0x2ff, ENABLED | BigInt(WB)],
        [0x200, BigInt(WC)],
        [0x201, (SPACE - (1n << 22n)) | (1n << 20n) | VALID],
      ];
      const init = { msrs: holes, mmio: [{ start: 0x180, end: 0x280 }] };
      const types = (spans: readonly { start: number; end: number; type: number }[]) =>
        spans.map(({ start, end, type }) => [start, end, type]);
      expect(types(answers({ ...init, noncoherentDma: true }, 'ept').spans)).toEqual([
        [0, 0x100, WC],
        [0x100, 0x180, WB],
        [0x180, 0x280, UC],
        [0x280, 0x300, WC],
        [0x300, 0x80000, WB],
      ]);
      expect(types(answers(init, 'ept').spans)).toEqual([
        [0, 0x180, WB],
        [0x180, 0x280, UC],
        [0x280, 0x80000, WB],
      ]);
      expect(types(answers(init, 'mtrr').spans)).toEqual([
        [0, 0x100, WC],
        [0x100, 0x200, WB],
        [0x200, 0x300, WC],
        [0x300, 0x80000, WB],
      ]);
    });

    it("looks up the guest's MTRRs as peer-xen does", () => {
      expect(answers({}, 'mtrr').spans).toEqual([
        { start: 0, end: 0x40000, type: WC },
        { start: 0x40000, end: 0x80000, type: WB },
      ]);
    });
  },
);

describe('the table of peers', () => {
  it('has the seven that were established by running their code', () => {
    expect(PEERS.map((peer) => peer.name)).toEqual([
      'peer-xen',
      'peer-linux-6.4',
      'peer-linux-6.5',
      'peer-hyperdbg',
      'peer-hyperplatform',
      'peer-hvpp',
      'peer-jonomango',
    ]);
  });

  it('answers types alone', () => {
    for (const name of PEER_NAMES) expect(wantsOf(policy(name))).toEqual(['mtrr', 'ept']);
    expect(PEER_NAMES.at(-1)).toBe('peer-xen-ept');
  });
});
