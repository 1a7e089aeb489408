import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  differingRanges,
  layerHeights,
  mergedParts,
  partsText,
  percentText,
  placedCells,
} from '../../../web/draw/cells.ts';
import { registerRows } from '../../../web/draw/registers.ts';
import { Scale, World } from '../../../web/draw/scale.ts';
import type { Cell, RegisterBar } from '../../../web/worker/protocol.ts';

const SPACE = { start: 0, end: 2 ** 24 };

function cells(...edges: readonly (readonly [end: number, type: 0 | 6])[]): Cell[] {
  return edges.map(([end, type], k) => {
    const start = edges[k - 1]?.[0] ?? 0;
    return { start, end, parts: [{ type, pages: end - start }] };
  });
}

function trueScale(window = SPACE): Scale {
  return new Scale(new World('true', SPACE, []), window, 10, 500);
}

describe('cells in place', () => {
  it('leave no pixel of the window empty and are three wide at least, wherever they end', () => {
    const lists = fc.array(fc.integer({ min: 1, max: 2 ** 24 - 1 }), { maxLength: 60 });
    fc.assert(
      fc.property(lists, (edges) => {
        const ends = [...new Set([...edges, 2 ** 24])].sort((a, b) => a - b);
        const placed = placedCells(
          cells(...ends.map((end, k) => [end, k % 2 ? 0 : 6] as const)),
          trueScale(),
        );
        let x = 10;
        for (const cell of placed) {
          expect(cell.x).toBe(x);
          expect(cell.width).toBeGreaterThanOrEqual(3);
          x += cell.width;
        }
        expect(x).toBe(510);
        expect(placed.flatMap(({ parts }) => parts).reduce((sum, { pages }) => sum + pages, 0)).toBe(2 ** 24);
      }),
    );
  });

  it('show a hole of a page in 64 GiB beside neighbours that keep their answers', () => {
    const placed = placedCells(cells([2 ** 23, 6], [2 ** 23 + 1, 0], [2 ** 24, 6]), trueScale());
    expect(placed.map(({ parts }) => parts.map(({ type }) => type))).toEqual([[6], [0], [6]]);
  });

  it('are those of the window alone', () => {
    const placed = placedCells(
      cells([0xa0, 6], [0xc0, 0], [2 ** 24, 6]),
      trueScale({ start: 0xa8, end: 0xb8 }),
    );
    expect(placed.map(({ x, width }) => [x, width])).toEqual([[10, 500]]);
  });
});

describe('differing ranges', () => {
  it('are where answers differ, however the lanes are cut', () => {
    const reference = cells([0x80, 6], [0xa0, 6], [0x100, 0], [0x200, 6]);
    expect(differingRanges(reference, cells([0xb0, 6], [0x180, 0], [0x200, 6]))).toEqual([
      { start: 0xa0, end: 0xb0 },
      { start: 0x100, end: 0x180 },
    ]);
  });

  it('are the differing part of a cell that says on how many pages it differs', () => {
    const reference = cells([0xa0, 6], [0x100, 0], [0x200, 6]);
    const whole: Cell = { ...cells([0x200, 6])[0]!, differing: 0x60 };
    expect(differingRanges(reference, [whole])).toEqual([{ start: 0xa0, end: 0x100 }]);
  });

  it('of counted cells are those whose pages were counted, else those whose shares differ', () => {
    const half: Cell = { start: 0, end: 8, parts: [0, 6].map((type) => ({ type: type as 0 | 6, pages: 4 })) };
    expect(differingRanges([half], [half])).toEqual([]);
    expect(differingRanges([half], [{ ...half, differing: 2 }])).toEqual([{ start: 0, end: 8 }]);
    expect(differingRanges([half], [{ ...half, parts: [{ type: 6, pages: 8 }] }])).toHaveLength(1);
  });

  it('see no difference in leaves of several sizes with one type', () => {
    const split: Cell = {
      ...{ start: 0, end: 8 },
      parts: [
        { type: 6, ipat: 0, level: 1, pages: 2 },
        { type: 6, ipat: 0, level: 2, pages: 6 },
      ],
    };
    expect(differingRanges([split], [split])).toEqual([]);
    expect(
      differingRanges([split], [{ ...split, parts: [{ type: 6, ipat: 0, level: 2, pages: 8 }] }]),
    ).toEqual([]);
  });

  it('see IPAT', () => {
    const [a, b] = ([0, 1] as const).map((ipat): Cell[] => [
      { start: 0, end: 8, parts: [{ type: 6, ipat, pages: 8 }] },
    ]);
    expect(differingRanges(a!, b!)).toEqual([{ start: 0, end: 8 }]);
  });
});

describe('shares', () => {
  it('are never said to be none or all where they are not', () => {
    expect([0.00001, 0.25, 0.0123, 0.99999, 1].map(percentText)).toEqual([
      '<0.01 %',
      '25 %',
      '1.23 %',
      '>99.9 %',
      '100 %',
    ]);
  });

  it('stack to the whole height, each layer seen', () => {
    expect(layerHeights([0.0001, 0.9999], 40, 3)).toEqual([3, 37]);
    expect(layerHeights([1 / 3, 1 / 3, 1 / 3], 38, 3).reduce((a, b) => a + b)).toBe(38);
  });

  it('are said most pages first', () => {
    const parts = mergedParts([
      [{ type: 0, ipat: 0, pages: 1 }],
      [
        { type: 6, ipat: 1, pages: 2 },
        { type: 0, ipat: 0, pages: 1 },
      ],
    ]);
    expect(partsText(parts)).toBe('UC 50 %, WB + IPAT 50 %');
    expect(partsText([{ level: 2, pages: 5 }])).toBe('2M');
    expect(partsText([{ type: -1, ipat: 0, pages: 5 }])).toBe('undefined');
  });
});

describe('registers', () => {
  function bar(id: string, start: number, end: number): RegisterBar {
    return {
      id,
      start,
      end,
      registers: [],
      kind: 'variable',
      type: 6,
      isEnabled: true,
      hasHoles: false,
      pages: 1,
    };
  }

  it('that are not in force stand below all others, and those that hold nothing not at all', () => {
    const off = (id: string, value: string): RegisterBar => ({
      ...bar(id, 0, 0x1000),
      isEnabled: false,
      registers: [{ name: 'IA32_MTRR_PHYSBASE4', msr: '0x208', value }],
    });
    const rows = registerRows([off('MTRR4', '0x0'), off('MTRR5', '0x80000006'), bar('MTRR0', 0, 0x80)]);
    expect(rows.map((row) => row.map(({ id }) => id))).toEqual([['MTRR0'], ['MTRR5']]);
  });

  it('stand below all that they overlap, side by side where they overlap nothing', () => {
    const rows = registerRows([
      bar('MTRR3', 0x90, 0x98),
      bar('MTRR0', 0, 0x80),
      bar('MTRR1', 0x80, 0xc0),
      bar('MTRR2', 0x90, 0xa0),
      bar('default', 0, 0x1000),
    ]);
    expect(rows.map((row) => row.map(({ id }) => id))).toEqual([
      ['default'],
      ['MTRR0', 'MTRR1'],
      ['MTRR2'],
      ['MTRR3'],
    ]);
  });
});
