/** What Linux makes of a machine's MTRRs, derived by hand; each row with its source. */

import { afterAll, describe, expect, it } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { explain, hostLinuxStory, hostLinuxStretches, LINUX_LOOKUPS } from '../../src/explain/index.ts';
import { linuxLookup } from '../../src/explain/linux-lookup.ts';
import { policy } from '../../src/policy/index.ts';
import { typeName } from '../../src/types.ts';
import { frameCount, guestRegisters, vcpu } from '../../src/vm/index.ts';
import { hostLinuxLines } from '../../src/write/explain/linux-host.ts';
import { rounds } from '../rounds.ts';
import { randomCase } from './random-case.ts';

const evaluator = createEvaluatorSync({ engine: 'reference' });
afterAll(() => evaluator.dispose());

type Writes = readonly (readonly [number, bigint])[];

const machine = (msrs: Writes) => vcpu({ maxphyaddr: 36, msrs });
const MIB = 1n << 20n;
/** A pair: the type, where it begins, how long it is. */
const range = (index: number, type: number, base: bigint, size: bigint): Writes => [
  [0x200 + 2 * index, base | BigInt(type)],
  [0x201 + 2 * index, ((1n << 36n) - size) | 0x800n],
];
const [UC, WC, WT, WP, WB] = [0, 1, 4, 5, 6];

/** `type uniform huge` of the 2M region at 4 MiB, under each Linux. */
function region(msrs: Writes, level: 2 | 3 = 2): readonly string[] {
  return hostLinuxStory(machine(msrs), 0x400).readings.map(({ regions }) => {
    const { type, isUniform, isHuge } = regions.find((one) => one.level === level)!;
    return `${typeName(type)} ${isUniform ? 'uniform' : 'mixed'} ${isHuge ? 'huge' : 'small'}`;
  });
}

const UC_DEFAULT: Writes = [[0x2ff, 0x800n]];
const WB_DEFAULT: Writes = [[0x2ff, 0x806n]];
const WT_DEFAULT: Writes = [[0x2ff, 0x804n]];

describe('the lookup of a region', () => {
  // Sources: arch/x86/kernel/cpu/mtrr/generic.c of 6.4 (mtrr_type_lookup_variable) and of 6.5 (type_merge);
  // arch/x86/mm/pgtable.c, pmd_set_huge: up to 6.4 uniform, WB or no MTRRs; from 6.5 uniform alone.
  it.each([
    { why: 'no range: the default', msrs: WB_DEFAULT, older: 'WB uniform huge', newer: 'WB uniform huge' },
    {
      why: 'one range over all of it',
      msrs: [...UC_DEFAULT, ...range(0, WC, 4n * MIB, 2n * MIB)],
      older: 'WC uniform huge',
      newer: 'WC uniform huge',
    },
    {
      why: '[UC, WB]: from 6.5 on the gathered type UC does not change',
      msrs: [...UC_DEFAULT, ...range(0, WB, 5n * MIB, MIB)],
      older: 'UC mixed small',
      newer: 'UC uniform huge',
    },
    {
      why: '[WB, UC]: it changes',
      msrs: [...UC_DEFAULT, ...range(0, WB, 4n * MIB, MIB)],
      older: 'UC mixed small',
      newer: 'UC mixed small',
    },
    {
      why: '[WT, WB]: WT stays WT',
      msrs: [...WT_DEFAULT, ...range(0, WB, 5n * MIB, MIB)],
      older: 'WT mixed small',
      newer: 'WT uniform huge',
    },
    {
      why: '[WB, WT]: WB becomes WT',
      msrs: [...WT_DEFAULT, ...range(0, WB, 4n * MIB, MIB)],
      older: 'WT mixed small',
      newer: 'WT mixed small',
    },
    {
      why: '[WP, WC]: neither yields, UC',
      msrs: [...UC_DEFAULT, ...range(0, WP, 4n * MIB, MIB), ...range(1, WC, 5n * MIB, MIB)],
      older: 'UC mixed small',
      newer: 'UC mixed small',
    },
    {
      why: 'two registers of WB: up to 6.4 not uniform, yet WB',
      msrs: [...UC_DEFAULT, ...range(0, WB, 4n * MIB, 2n * MIB), ...range(1, WB, 0n, 8n * MIB)],
      older: 'WB mixed huge',
      newer: 'WB uniform huge',
    },
    {
      why: 'two registers of UC: up to 6.4 not uniform',
      msrs: [...WB_DEFAULT, ...range(0, UC, 4n * MIB, 2n * MIB), ...range(1, UC, 0n, 8n * MIB)],
      older: 'UC mixed small',
      newer: 'UC uniform huge',
    },
    {
      why: 'a boundary inside with WB on both sides',
      msrs: [...WB_DEFAULT, ...range(0, WB, 5n * MIB, MIB)],
      older: 'WB mixed huge',
      newer: 'WB uniform huge',
    },
    {
      why: 'DEF_TYPE.E=0: up to 6.4 no answer, from 6.5 on UC',
      msrs: [[0x2ff, 0x6n]] as Writes,
      older: 'undefined mixed huge',
      newer: 'UC uniform huge',
    },
    {
      why: 'a mask with a hole: 6.4 compares under it (4-6 and 12-14 MiB), 6.5 takes a size (4-14 MiB)',
      msrs: [...UC_DEFAULT, [0x200, 0x400006n], [0x201, 0xfff600800n]] as Writes,
      older: 'WB uniform huge',
      newer: 'WB uniform huge',
    },
  ])('$why', ({ msrs, older, newer }) => {
    expect(region(msrs)).toEqual([older, newer]);
  });

  it('of the first MiB: up to 6.4 never uniform, and of the type of its first byte', () => {
    const fixed: Writes = [
      [0x250, 0x0606060606060606n],
      [0x258, 0x0606060606060606n],
      [0x2ff, 0xc06n],
    ];
    const [older, newer] = hostLinuxStory(machine(fixed), 0).readings.map(({ regions }) => regions[0]);
    expect(older).toMatchObject({ type: WB, isUniform: false, isHuge: true });
    // The map of 6.5 has UC from 0xa0000 on.
    expect(newer).toMatchObject({ type: UC, isUniform: false, isHuge: false });
  });

  it('of AMD RAM up to TOP_MEM2: WB whatever the ranges say, if the region ends there', () => {
    const tom2: Writes = [
      ...UC_DEFAULT,
      [0xc0010010, 0x600000n],
      [0xc001001d, 0x140000000n],
      ...range(0, UC, 0x100000000n, 1024n * MIB),
    ];
    const inside = hostLinuxStory(machine(tom2), 0x100000).readings.map(({ regions }) => regions[1]!);
    expect(inside.map(({ type, isUniform }) => [type, isUniform])).toEqual([
      [WB, true],
      [WB, true],
    ]);
    const behind = hostLinuxStory(machine(tom2), 0x140000).readings.map(({ regions }) => regions[1]!.type);
    expect(behind).toEqual([UC, UC]);
  });
});

describe('what a mapping gets', () => {
  // Sources: arch/x86/mm/pat/memtype.c, pat_x_mtrr_type (WB alone looks at MTRRs) and is_untracked_pat_range (the ISA
  // hole); the access by the manual's table of MTRR type and PAT type.
  const FIXED_UC: Writes = [
    [0x259, 0n],
    [0x2ff, 0xc06n],
  ];
  it.each([
    { mtrr: WB, at: 0x400, ioremap: 'UC- UC', wc: 'WC WC', wb: 'WB WB' },
    { mtrr: UC, at: 0x400, ioremap: 'UC- UC', wc: 'WC WC', wb: 'UC- UC' },
    // UC- yields to a WC range, which is what old drivers' mtrr_add was for.
    { mtrr: WC, at: 0x400, ioremap: 'UC- WC', wc: 'WC WC', wb: 'UC- WC' },
    { mtrr: WT, at: 0x400, ioremap: 'UC- UC', wc: 'WC WC', wb: 'UC- UC' },
    { mtrr: WP, at: 0x400, ioremap: 'UC- WC', wc: 'WC WC', wb: 'UC- WC' },
    { mtrr: UC, at: 0xa0, ioremap: 'WB UC', wc: 'WB UC', wb: 'WB UC' },
  ])('MTRR $mtrr at frame $at', ({ mtrr, at, ioremap, wc, wb }) => {
    const msrs: Writes = at < 0x100 ? FIXED_UC : [...UC_DEFAULT, ...range(0, mtrr, 4n * MIB, 2n * MIB)];
    const story = hostLinuxStory(machine(msrs), at);
    const shown = ({ granted, gets }: { granted: number; gets: number }) =>
      `${typeName(granted)} ${typeName(gets)}`;
    expect([shown(story.ioremap), shown(story.ioremapWc)]).toEqual([ioremap, wc]);
    expect(story.readings.map(({ writeBack }) => shown(writeBack))).toEqual([wb, wb]);
  });

  it('is undefined where the MTRR type is', () => {
    const both: Writes = [...UC_DEFAULT, ...range(0, WC, 0n, 8n * MIB), ...range(1, WP, 0n, 8n * MIB)];
    expect(hostLinuxStory(machine(both), 0x400).ioremap).toEqual({ granted: 7, gets: -1 });
  });
});

describe('random machines', () => {
  it('have pages of the types that the engine answers under the peers', () => {
    const seeds = rounds(30, 400);
    let asked = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      const guest = vcpu(one.init);
      for (const lookup of LINUX_LOOKUPS) {
        const view = evaluator.view(guest, policy(`peer-${lookup}`));
        const [span] = view.spansOf('mtrr', { range: { start: one.gfn, end: one.gfn + 1 } });
        const told = linuxLookup(lookup, guestRegisters(guest), { start: one.gfn, end: one.gfn + 1 });
        expect([seed, told.type]).toEqual([seed, span!.type]);
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(seeds);
  });

  it('are cut into stretches of which every frame is told the same', () => {
    const seeds = rounds(5, 100);
    let stretches = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const one = randomCase(seed);
      if (!one) continue;
      const guest = vcpu(one.init);
      const start = Math.max(0, Math.min(one.gfn - 700, frameCount(guest.maxphyaddr) - 3000));
      let next = start;
      for (const { start: first, end, story } of hostLinuxStretches(guest, { start, end: start + 3000 })) {
        expect(first).toBe(next);
        next = end;
        stretches += 1;
        for (let gfn = first; gfn < end; gfn += 1 + (gfn % 7)) {
          const own = hostLinuxStory(guest, gfn);
          expect([own.type, own.readings.map(({ type, level }) => [type, level])]).toEqual([
            story.type,
            story.readings.map(({ type, level }) => [type, level]),
          ]);
        }
      }
      expect(next).toBe(start + 3000);
    }
    expect(stretches).toBeGreaterThan(seeds);
  });
});

describe('stretches', () => {
  it('end where Linux begins and ceases to keep types', () => {
    const ends = [...hostLinuxStretches(machine(WB_DEFAULT))].map(({ end }) => end);
    expect(ends).toEqual([0xa0, 0x100, 2 ** 24]);
  });
});

describe('explain', () => {
  it('tells it where it is asked for, in words too', () => {
    const msrs: Writes = [...UC_DEFAULT, ...range(0, WB, 4n * MIB, MIB)];
    const view = evaluator.view(machine(msrs), policy('sdm'));
    expect(explain(view, 0x400, { changes: false }).hostLinux).toBeUndefined();
    const { hostLinux } = explain(view, 0x400, { changes: false, hostLinux: true });
    expect(hostLinuxLines(hostLinux!)).toEqual([
      'ioremap: UC-, gets UC; ioremap_wc: WC, gets WC',
      'up to 6.4: MTRR WB; a WB request becomes WB, gets WB',
      '           2M at 0x400000 not uniform (UC): no huge page; 1G at 0x0 not uniform (UC): no huge page',
      'from 6.5: MTRR WB; a WB request becomes WB, gets WB',
      '          2M at 0x400000 not uniform (UC): no huge page; 1G at 0x0 uniform',
    ]);
  });
});
