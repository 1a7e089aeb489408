/** Small machines as the worker would tell them, for the tests of pictures. */
import type { MapModel } from '../../../web/draw/models.ts';
import type { Cell, LaneCells, Part, Walk, WalkTable } from '../../../web/worker/protocol.ts';

/** Frames of 64 GiB. */
export const SPACE = { start: 0, end: 2 ** 24 };

/** Cells of one answer each, from their ends and answers. */
export function cellsUpTo(...ends: readonly (readonly [end: number, answer: Omit<Part, 'pages'>])[]): Cell[] {
  return ends.map(([end, answer], k) => {
    const start = ends[k - 1]?.[0] ?? 0;
    return { start, end, parts: [{ ...answer, pages: end - start }] };
  });
}

/** A lane of such cells. */
export function lane(title: string, cells: readonly Cell[]): LaneCells {
  return { lane: { policy: title }, title, cells, isExact: true };
}

const WB = { type: 6, ipat: 0 } as const;
const UC = { type: 0, ipat: 0 } as const;

/** 3 GiB of RAM below 4 GiB, legacy memory UC in the first lane alone, IPAT in the last. */
export const MAP: MapModel = {
  space: SPACE,
  memory: [
    { start: 0, end: 0x9f, kind: 'ram', name: 'usable', list: 'e820', depth: 0 },
    { start: 0x100, end: 0xc0000, kind: 'ram', name: 'usable', list: 'e820', depth: 0 },
    { start: 0xc0000, end: 0xc0100, kind: 'nvs', name: 'ACPI NVS', list: 'e820', depth: 0 },
  ],
  registers: [
    bar('MTRR0', 'variable', 0, 0x80000, 6),
    bar('MTRR1', 'variable', 0x80000, 0xc0000, 6),
    {
      ...bar('MTRR2', 'variable', 0xb0000, 0xc0000, 0),
      isEnabled: false,
      registers: [{ name: 'IA32_MTRR_PHYSBASE2', msr: '0x204', value: '0xb0000000' }],
    },
    { ...bar('MTRR3', 'variable', 0x100000, 0x180000, 1), hasHoles: true, pages: 0x10000 },
    bar('default', 'default', 0, 2 ** 24, 0),
  ],
  lanes: [
    lane('sdm', cellsUpTo([0xa0, WB], [0x100, UC], [0xc0000, WB], [2 ** 24, UC])),
    lane('kvm-6.16', cellsUpTo([0xc0000, WB], [2 ** 24, UC])),
    lane('kvm-5.16', cellsUpTo([2 ** 24, { type: 6, ipat: 1 }])),
  ],
};

function bar(
  id: string,
  kind: 'variable' | 'default',
  start: number,
  end: number,
  type: 0 | 1 | 6,
): MapModel['registers'][number] {
  return { id, kind, start, end, type, registers: [], isEnabled: true, hasHoles: false, pages: end - start };
}

function table(level: WalkTable['level'], index: number, runs: WalkTable['runs']): WalkTable {
  return { level, index, runs, start: 0, frames: 512 ** (level - 1) };
}

const MIXED: Part[] = [
  { ...WB, pages: 480 },
  { ...UC, pages: 32 },
];

/** The way to the page at 0xa0000: one lane splits the first 2 MiB, the other maps them by one leaf. */
export const WALKS: readonly Walk[] = [
  {
    lane: { policy: 'kvm-5.16' },
    title: 'kvm-5.16',
    tables: [
      table(4, 0, [
        { from: 0, to: 1, kind: 'table', parts: MIXED },
        { from: 1, to: 512, kind: 'none', parts: [] },
      ]),
      table(3, 0, [
        { from: 0, to: 1, kind: 'table', parts: MIXED },
        { from: 1, to: 512, kind: 'none', parts: [] },
      ]),
      table(2, 0, [
        { from: 0, to: 1, kind: 'table', parts: MIXED },
        { from: 1, to: 512, kind: 'leaf', parts: [{ ...WB, pages: 511 * 512 }] },
      ]),
      table(1, 0xa0, [
        { from: 0, to: 0xa0, kind: 'leaf', parts: [{ ...WB, pages: 0xa0 }] },
        { from: 0xa0, to: 0xc0, kind: 'leaf', parts: [{ ...UC, pages: 32 }] },
        { from: 0xc0, to: 512, kind: 'leaf', parts: [{ ...WB, pages: 320 }] },
      ]),
    ],
    leaf: { level: 1, ...UC, entry: '0x60000000000a0b07' },
  },
  {
    lane: { policy: 'kvm-6.16' },
    title: 'kvm-6.16',
    tables: [
      table(4, 0, [
        { from: 0, to: 1, kind: 'table', parts: [{ ...WB, pages: 512 }] },
        { from: 1, to: 512, kind: 'none', parts: [] },
      ]),
      table(3, 0, [
        { from: 0, to: 1, kind: 'table', parts: [{ ...WB, pages: 512 }] },
        { from: 1, to: 512, kind: 'none', parts: [] },
      ]),
      table(2, 0, [{ from: 0, to: 512, kind: 'leaf', parts: [{ ...WB, pages: 2 ** 18 }] }]),
    ],
    leaf: { level: 2, ...WB, entry: '0x86000000000000b37' },
  },
];
