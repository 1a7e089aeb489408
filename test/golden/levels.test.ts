/** What limits a leaf's level: the slot's congruence bit by bit, and the corners of KVM's consistency check. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policy } from '../../src/policy/index.ts';
import type { Engine } from '../../src/vm/engine.ts';
import type { VcpuInit } from '../../src/vm/index.ts';
import { vcpu } from '../../src/vm/index.ts';
import { backends } from '../backends.ts';

describe.each(backends)('levels on $name', ({ create }) => {
  let engine: Engine;
  beforeAll(() => {
    engine = create();
  });
  afterAll(() => engine.dispose());

  function levels(init: Omit<VcpuInit, 'maxphyaddr'>, name: string, end: number): readonly unknown[] {
    const view = engine.open(vcpu({ maxphyaddr: 36, ...init }), policy(name));
    const spans = [...view.spans('levels', { range: { start: 0, end } })];
    const pages = view.totals('levels', { range: { start: 0, end } });
    for (const { level, pages: total } of pages) {
      const counted = spans.filter((span) => span.level === level);
      expect(counted.reduce((sum, span) => sum + BigInt(span.end - span.start), 0n)).toBe(total);
    }
    view.dispose();
    return spans.map((span) => [span.start, span.end, span.level]);
  }

  it.each(Array.from({ length: 20 }, (_, bit) => bit))('a PFN that is off by 2^%i', (bit) => {
    const level = bit < 9 ? 1 : bit < 18 ? 2 : 3;
    const slots = [{ gfn: 0, count: 2 ** 19, pfn: 2 ** bit }];
    for (const name of ['sdm', 'kvm-5.16', 'kvm-6.16']) {
      expect(levels({ slots, msrs: { 0x2ff: 0x806n } }, name, 2 ** 19)).toEqual([[0, 2 ** 19, level]]);
    }
  });

  // 2 GiB of MMIO that is congruent with 1G pages, all but its last frame.
  const mmio = [{ start: 2 ** 18, end: 3 * 2 ** 18 - 1 }];
  it.each([
    [
      'kvm-4.7',
      [
        [0, 2 ** 18, 3],
        [2 ** 18, 3 * 2 ** 18, 1],
        [3 * 2 ** 18, 2 ** 20, 3],
      ],
    ],
    [
      'kvm-5.19',
      [
        [0, 2 ** 18, 3],
        [2 ** 18, 3 * 2 ** 18, 1],
        [3 * 2 ** 18, 2 ** 20, 3],
      ],
    ],
    [
      'kvm-6.0',
      [
        [0, 2 ** 19, 3],
        [2 ** 19, 3 * 2 ** 18 - 512, 2],
        [3 * 2 ** 18 - 512, 3 * 2 ** 18, 1],
        [3 * 2 ** 18, 2 ** 20, 3],
      ],
    ],
    [
      'kvm-6.16',
      [
        [0, 2 ** 19, 3],
        [2 ** 19, 3 * 2 ** 18 - 512, 2],
        [3 * 2 ** 18 - 512, 3 * 2 ** 18, 1],
        [3 * 2 ** 18, 2 ** 20, 3],
      ],
    ],
    ['sdm', [[0, 2 ** 20, 3]]],
  ])('%s: host MMIO', (name, expected) => {
    expect(levels({ mmio, msrs: { 0x2ff: 0x806n } }, name, 2 ** 20)).toEqual(expected);
  });

  // In the fold's order: 4..6 MiB, then 0..5 MiB, whose mask has a hole, both WB; the default is UC.
  const msrs = { 0x200: 0x40_0006n, 0x201: 0xf_ffe0_0800n, 0x202: 6n, 0x203: 0xf_ffb0_0800n, 0x2ff: 0x800n };
  it('a range that ends earlier than the one before takes nothing away', () => {
    expect(levels({ msrs }, 'kvm-5.16', 2 ** 19)).toEqual([
      [0, 2 ** 18, 2],
      [2 ** 18, 2 ** 19, 3],
    ]);
  });

  it('a gap inside matters only if the type is not the default', () => {
    const gap = (byDefault: bigint) => ({
      0x200: 0x10_0006n,
      0x201: 0xf_fff0_0800n,
      0x2ff: 0x800n | byDefault,
    });
    expect(levels({ msrs: gap(0n) }, 'kvm-5.16', 1024)).toEqual([
      [0, 512, 1],
      [512, 1024, 2],
    ]);
    expect(levels({ msrs: gap(6n) }, 'kvm-5.16', 1024)).toEqual([[0, 1024, 3]]);
  });
});
