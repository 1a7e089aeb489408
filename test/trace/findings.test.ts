/** Stretches of wrong entries against a list of them that is joined entry by entry. */
import { describe, expect, it } from 'vitest';
import { CAUSES, causesOf } from '../../src/trace/cause.ts';
import { Findings, type Stretch } from '../../src/trace/findings.ts';
import { Rng } from '../generators/rng.ts';
import { rounds } from '../rounds.ts';

interface Wrong {
  readonly causes: number;
  readonly gfn: number;
  readonly frames: number;
  readonly entry: bigint;
  readonly level: number;
  readonly wanted: number;
  readonly allowed: number;
}

/** Adds them with lines from 1. */
function findingsOf(list: readonly Wrong[]): Findings {
  const findings = new Findings();
  list.forEach(({ causes, gfn, frames, entry, level, wanted, allowed }, k) => {
    const [low, high] = [Number(entry & 0xffffffffn), Number(entry >> 32n)];
    findings.add(causes, k + 1, gfn, frames, low, high, level, wanted, allowed);
  });
  return findings;
}

const saidOf = ({ entry, level, wanted, allowed }: Wrong) => ({
  found: { type: Number((entry >> 3n) & 7n), ipat: Number((entry >> 6n) & 1n), level },
  expected: {
    type: ((wanted >> 3) & 7) === 7 ? undefined : (wanted >> 3) & 7,
    ipat: (wanted >> 6) & 1,
    level: allowed,
  },
});

/** What is wrong in the same way and touches, joined until nothing is left to join. */
function joinedByHand(list: readonly Wrong[]): Stretch[] {
  const stretches: Stretch[] = [];
  list.forEach((one, k) => {
    const { causes, gfn, frames, entry } = one;
    let made: Stretch = {
      ...{ start: gfn, end: gfn + frames, causes, ...saidOf(one) },
      ...{ entries: 1, line: k + 1, entry },
    };
    for (;;) {
      const other = stretches.findIndex(
        ({ start, end, causes: mask, found, expected }) =>
          mask === made.causes &&
          start <= made.end &&
          made.start <= end &&
          JSON.stringify([found, expected]) === JSON.stringify([made.found, made.expected]),
      );
      if (other < 0) break;
      const [known] = stretches.splice(other, 1);
      const first = known!.line < made.line ? known! : made;
      made = {
        ...first,
        start: Math.min(made.start, known!.start),
        end: Math.max(made.end, known!.end),
        entries: made.entries + known!.entries,
      };
    }
    stretches.push(made);
  });
  return stretches.sort((a, b) => a.start - b.start || a.line - b.line);
}

/** Stretches and pages that carry a cause, page by page. */
function coveredByHand(list: readonly Wrong[], bit: number): { stretches: number; pages: number } {
  const pages = new Set<number>();
  for (const { causes, gfn, frames } of list)
    if ((causes >> bit) & 1) for (let k = 0; k < frames; k++) pages.add(gfn + k);
  return { stretches: [...pages].filter((page) => !pages.has(page - 1)).length, pages: pages.size };
}

function randomWrong(rng: Rng): Wrong {
  const level = rng.pick([1, 1, 1, 2]);
  const frames = level === 1 ? 1 : 8;
  return {
    causes: rng.pick([1, 3, 1 << 4, 1 << 11]),
    gfn: rng.below(96 / frames) * frames,
    frames,
    entry: BigInt(rng.pick([0, 6]) << 3) | (BigInt(rng.below(2 ** 20)) << 12n) | (rng.bits(8) << 52n),
    level,
    wanted: rng.pick([0x30, 0x70, 0x38]),
    allowed: rng.pick([0, 1, 3]),
  };
}

describe('wrong entries', () => {
  it('are joined where they touch and are wrong alike, and counted by cause', () => {
    for (let seed = 0; seed < rounds(30, 2000); seed++) {
      const rng = new Rng(seed);
      const list = Array.from({ length: rng.between(1, 120) }, () => randomWrong(rng));
      const findings = findingsOf(list);
      const counts = CAUSES.map((cause, bit) => ({
        ...cause,
        entries: list.filter(({ causes }) => (causes >> bit) & 1).length,
        ...coveredByHand(list, bit),
      }))
        .filter(({ entries }) => entries > 0)
        .sort((a, b) => b.entries - a.entries);
      expect(findings.stretches(), `seed ${seed}`).toEqual(joinedByHand(list));
      expect(findings.causes(), `seed ${seed}`).toEqual(counts);
      expect([findings.entries, findings.dropped]).toEqual([list.length, 0]);
    }
  });

  it('keep every value of what was found and expected', () => {
    const list: Wrong[] = [];
    for (let at = 0; at < 16 * 16 * 6; at++) {
      const [found, wanted, level] = [at & 15, (at >> 4) & 15, at >> 8];
      list.push({
        ...{ causes: 1 << (at % 12), gfn: 2 * at, frames: 1, entry: BigInt(found << 3) },
        ...{ level, wanted: wanted << 3, allowed: 5 - level },
      });
    }
    const stretches = findingsOf(list).stretches();
    expect(stretches.map(({ found, expected }) => ({ found, expected }))).toEqual(list.map(saidOf));
    expect(stretches.map(({ causes, entry }) => [causes, entry])).toEqual(
      list.map(({ causes, entry }) => [causes, entry]),
    );
  });

  it('name the one that stands first in the file, whenever it comes', () => {
    const findings = new Findings();
    expect(findings.first).toBeUndefined();
    findings.add(1, 9, 0x20, 1, 0x37, 1, 1, 0, 3);
    findings.add(4, 5, 0x400, 512, 0xb7, 0x80000003, 2, 0x70, 1);
    findings.add(1, 5, 0x30, 1, 0x37, 0, 1, 0, 3);
    findings.add(1, 7, 0x10, 1, 0x37, 0, 1, 0, 3);
    expect(findings.first).toEqual({
      ...{ causes: 4, line: 5, gfn: 0x400, level: 2, entry: 0x80000003_000000b7n },
      found: { type: 6, ipat: 0, level: 2 },
      expected: { type: 6, ipat: 1, level: 1 },
    });
  });

  it('take the name of the first of a stretch, also where a later one begins before it', () => {
    const findings = new Findings();
    // Two stretches of one kind, joined at the end: the second began lower.
    findings.add(1, 1, 20, 1, 0x1037, 0, 1, 0, 0);
    findings.add(1, 2, 10, 1, 0x2037, 0, 1, 0, 0);
    for (let gfn = 11; gfn < 20; gfn++) findings.add(1, gfn, gfn, 1, 0x3037, 0, 1, 0, 0);
    expect(findings.stretches()).toMatchObject([
      { start: 10, end: 21, entries: 11, line: 1, entry: 0x1037n },
    ]);
    // Children of one split stand in one line: the lowest counts.
    const split = new Findings();
    for (const gfn of [20, 10, ...Array.from({ length: 9 }, (_, k) => 11 + k)])
      split.add(1, 1, gfn, 1, gfn << 12, 0, 1, 0, 0);
    expect(split.stretches()).toMatchObject([{ line: 1, entry: 0xa000n }]);
  });
});

describe('room for stretches', () => {
  const MOST = 32768;
  const one = (gfn: number): Wrong => ({
    ...{ causes: 1, gfn, frames: 1, entry: 0n, level: 1, wanted: 0x30, allowed: 0 },
  });
  const apart = (count: number) => Array.from({ length: count }, (_, k) => one(2 * k));
  /** Stretches apart, then what lies between the first of them, then some behind all. */
  const filled = (count: number, behind: number) => [
    ...apart(count),
    ...apart(MOST - count).map(({ gfn }) => one(gfn + 1)),
    ...Array.from({ length: behind }, (_, k) => one(2 * MOST + 2 * k)),
  ];

  it.each([
    ['all that there is room for', apart(MOST), MOST, 0],
    ['one more', apart(MOST + 1), MOST, 1],
    ['many more', apart(MOST + 100), MOST, 100],
    ['as many that touch', Array.from({ length: 2 * MOST }, (_, k) => one(k)), 1, 0],
    ['gaps that are all filled', filled(MOST / 2, 1), 2, 0],
    // Where joining leaves three quarters, that is room enough; where it leaves more, what comes is counted.
    ['a quarter less when joined', filled(MOST - 4096, 3), MOST - 8192 + 3, 0],
    ['not quite a quarter less', filled(MOST - 4095, 3), MOST - 8190, 3],
  ])('%s', (_, list, stretches, dropped) => {
    const findings = findingsOf(list);
    expect(findings.stretches().length).toBe(stretches);
    expect([findings.entries, findings.dropped]).toEqual([list.length, dropped]);
    expect(findings.causes()).toMatchObject([
      { id: 'type', entries: list.length, pages: list.length - dropped },
    ]);
  });

  it.each([
    ['upwards', 1],
    ['downwards', -1],
  ])('takes nothing for what lengthens the last stretch %s', (_, step) => {
    const longer = Array.from({ length: 300 }, (__, k) => one(4 * MOST + step * k));
    const findings = findingsOf([...apart(MOST - 100), ...longer, ...longer]);
    expect(findings.dropped).toBe(0);
    expect(findings.stretches().at(-1)).toMatchObject({ entries: 600 });
  });

  it('keeps what was joined meanwhile to others', () => {
    const other = (gfn: number): Wrong => ({ ...one(gfn), causes: 2 });
    // The second stretch of the other kind goes into the first as room is made, and is then lengthened.
    const findings = findingsOf([
      ...[other(9 * MOST), other(9 * MOST + 2), other(9 * MOST + 1)],
      ...filled(MOST / 2, 1),
      other(9 * MOST + 3),
    ]);
    expect(findings.stretches().at(-1)).toMatchObject({ start: 9 * MOST, end: 9 * MOST + 4, entries: 4 });
  });
});

describe('causes', () => {
  it('are bits in their order, each with its words', () => {
    expect(CAUSES.map(({ title }, bit) => [causesOf(1 << bit), title])).toEqual([
      [['type'], 'another memory type'],
      [['ipat'], 'IPAT set where it should be clear, or clear where it should be set'],
      [['level'], 'a larger page than the model allows'],
      [['permission'], 'writable in a read-only slot'],
      [['no-slot'], 'a page where the config has no memory slot'],
      [['beyond-space'], "a frame beyond the guest's space"],
      [['misaligned'], 'a large page whose guest or host frame is not aligned to its size'],
      [['reserved-bits'], 'reserved bits set: an EPT misconfiguration'],
      [['reserved-type'], 'memory type 2, 3 or 7: an EPT misconfiguration'],
      [['write-only'], 'writable, not readable: an EPT misconfiguration'],
      [['mmio-in-slot'], "KVM's MMIO marker where the config has a memory slot"],
      [['pfn'], 'another host frame than the slot states'],
    ]);
    expect(CAUSES.every(({ id }, bit) => causesOf(1 << bit)[0] === id)).toBe(true);
    expect(causesOf(0b101)).toEqual(['type', 'level']);
  });
});
