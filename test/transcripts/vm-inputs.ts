/** What vCPUs, VMs and views are given: values that each field takes, or nearly. */

const FLAGS = [true, false, 'false', 1, null];

const WRITES = [
  { 0x2ff: 0xffff_ffff_ffff_ffffn },
  { 0x2ff: 0x1_0000_0000_0000_0000n },
  { 0x2ff: -1n },
  { 0x2ff: 0x806 },
  { 0x2ff: 0.5 },
  { IA32_PAT: 6n },
  { '': 6n },
  [[0, 0n]],
  [[-1, 0n]],
  [[0.5, 0n]],
  [['0x2ff', 0n]],
  [[0x2ff]],
  [[0x2ff, 0n], { msr: 0x200, value: 6n }, { msr: 0x200 }],
  [null],
  'none',
  7,
  null,
];

/** Values of each field that a vCPU takes, or nearly. */
export const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  maxphyaddr: [31, 32, 52, 53, 40.5, '46', 46n, 'many', undefined],
  msrs: WRITES,
  hostMsrs: WRITES.slice(0, 3),
  vcnt: [-1, 0, 40, 41, '8'],
  cr0cd: FLAGS,
  guestHasMtrr: FLAGS,
  noncoherentDma: FLAGS,
  selfSnoop: FLAGS,
  vendor: ['intel', 'amd', 'AMD', 7],
  quirks: [[], ['cd-nw-cleared'], ['lint0'], 'none', [7]],
  confidential: ['tdx', 'snp', 'sev', 7],
  mmio: [
    [{ start: 0, end: 0 }],
    [{ start: 5, end: 4 }],
    [
      { start: 2, end: 4 },
      { start: 4, end: 2 ** 60 },
    ],
    [{ start: 2 ** 20, end: 2 ** 21 }],
    [{ start: -1, end: 2 }],
    [{ start: 0, end: '2' }],
    [{ start: 0, end: -1 }],
    [{ begin: 0, end: 1 }],
    ['0-1'],
    {},
  ],
  slots: [
    [],
    [{ gfn: 0, count: 2 ** 20, pfn: 2 ** 40 - 2 ** 20 }],
    [{ gfn: 0, count: 2 ** 20 + 1, pfn: 0 }],
    [{ gfn: 2 ** 20 - 1, count: 1, pfn: 2 ** 40 - 1, readonly: true, maxLevel: 1 }],
    [{ gfn: 2 ** 20 - 1, count: 2, pfn: 0 }],
    [{ gfn: 2 ** 20, count: 1, pfn: 0 }],
    [{ gfn: 0, count: 1, pfn: 2 ** 40 }],
    [{ gfn: 0, count: 0, pfn: 0 }],
    [{ gfn: -1, count: 1, pfn: 0 }],
    [{ gfn: 0, count: 1, pfn: 0, maxLevel: 0 }],
    [{ gfn: 0, count: 1, pfn: 0, maxLevel: 4 }],
    [{ gfn: 0, count: 1, pfn: 0, readonly: 'yes' }],
    [{ gfn: 0, count: 1, pfn: 0, kind: 'ram' }],
    [
      { gfn: 8, count: 4, pfn: 0 },
      { gfn: 4, count: 4, pfn: 0 },
      { gfn: 12, count: 4, pfn: 0 },
    ],
    [
      { gfn: 8, count: 4, pfn: 0 },
      { gfn: 16, count: 4, pfn: 0 },
      { gfn: 11, count: 6, pfn: 0 },
      { gfn: 4, count: 5, pfn: 0 },
    ],
    ['ram'],
    'ram',
  ],
};

/** Several fields at once: confidential VMs have switches that none may set, and objects that are no vCPUs. */
export const WHOLE: readonly unknown[] = [
  { confidential: 'tdx', vendor: 'amd' },
  { confidential: 'tdx', selfSnoop: false },
  { confidential: 'tdx', quirks: ['ignore-guest-pat'] },
  { confidential: 'tdx', quirks: ['cd-nw-cleared'] },
  { confidential: 'snp', vendor: 'amd', selfSnoop: false, quirks: ['ignore-guest-pat'] },
  { vcpus: [{}] },
  { state: {} },
  { mrss: [] },
];

/** What VMs are made of, or nearly. */
export const VMS: readonly unknown[] = [
  {},
  { name: 'own', vcpus: [{ id: 7 }, { id: 0xffffffff, name: 'last' }] },
  { name: 7 },
  { policy: 'sdm' },
  { vcpus: [{ id: -1 }] },
  { vcpus: [{ id: 2 ** 32 }] },
  { vcpus: [{ id: 0 }, {}, { id: 1 }] },
  { vcpus: [{ name: 7 }] },
  { vcpus: [{ cr0cd: 1 }] },
  { vcpus: [{}, { msrs: { 0x2ff: 1 } }] },
  { vcpus: [{ guestHasMtrr: 'no' }] },
  { vcpus: [{ slots: [] }] },
  { vcpus: [{ state: {} }] },
  { vcpus: [7] },
  { vcpus: {} },
  { vcpus: [] },
  { vcpus: Array.from({ length: 4097 }, () => ({})) },
  { host: { vendor: 'amd' } },
  { host: {}, vcpus: [{ state: {} }] },
  { confidential: 'tdx', noncoherentDma: true },
  { vendor: 'amd', hostMsrs: { 0x2ff: 6n }, selfSnoop: false, quirks: [], mmio: [{ start: 0, end: 1 }] },
];

const SPACE = 2 ** 20;

/** What and where of a question. */
export const QUERIES: readonly unknown[] = [
  undefined,
  {},
  { range: { start: 0, end: 0 } },
  { range: { start: SPACE, end: SPACE } },
  { range: { start: SPACE - 1, end: SPACE + 1 } },
  { range: { start: 2, end: 1 } },
  { range: { start: -1, end: 1 } },
  { range: { start: 0.5, end: 1 } },
  { range: { start: 0, end: 0.5 } },
  { range: { start: 0, end: '1' } },
  { range: { start: '0', end: 1 } },
  { range: { start: 0 } },
  { range: { range: { start: 0, end: 1 } } },
  { range: 'all' },
  { range: null },
  { start: 0, end: 1 },
  { rnage: {} },
  { pat: 3 },
  { pat: '6' },
  { pat: 1 },
  'all',
  null,
];

/** Lists of frames. */
export const FRAMES: readonly (readonly number[])[] = [
  [0, SPACE - 1],
  [0, SPACE],
  [-1],
  [0, 0.5],
  [Number.NaN],
];

/** Where tiles begin, and how many frames they have. */
export const TILES: readonly (readonly [first: unknown, count: number])[] = [
  [0, 2],
  [SPACE - 1, 1],
  [SPACE, 0],
  [SPACE, 1],
  [-1, 1],
  ['0', 1],
];

/** Registers with values at the edge of each rule. */
export const EDGES: readonly (readonly [msr: number, values: readonly bigint[]])[] = [
  [0x2ff, [0n, 6n, 0xcffn & ~0xf9n, 2n, 0xc06n, 0x106n, 0x206n, 0x1006n, 7n]],
  [0x277, [0x0007_0406_0007_0406n, 2n, 3n << 56n, 7n, 8n]],
  [0x250, [0x0606_0606_0606_0606n, 7n, 2n << 56n]],
  [0x26f, [6n, 0xffn]],
  [0x200, [6n, 0x1006n, 0x106n, 0x806n, 0xf_ffff_f006n, 0x10_0000_0006n, 2n, 7n]],
  [0x201, [0n, 0x800n, 0x400n, 1n, 0xf_ffff_f800n, 0x10_0000_0800n]],
  [0x20f, [0x800n]],
  [0x210, [6n]],
  [0x24f, [0x800n]],
  [0x251, [0n]],
  [0xfe, [0n]],
];

/** Register writes that are decoded. */
export const REGISTERS: readonly Readonly<Record<number, bigint>>[] = [
  {},
  { 0x2ff: 0xc06n, 0x277: 6n, 0x200: 0x10_8000_0006n, 0x201: 0xf_8000_0800n, 0x24f: 0x1000n },
  { 0xc0010010: 0x600000n, 0xc001001d: 0x1_0080_0000n },
  { 0xc0010010: 0x600000n, 0xc001001d: 0x1_007f_ffffn },
  { 0xc0010010: 0x400000n, 0xc001001d: 0x2_0000_0000n },
  { 0xc0010010: 0x200000n, 0xc001001d: 0x2_0000_0000n },
];
