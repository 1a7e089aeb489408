/**
 * What is made of each field of a vCPU and a VM, what a view takes for a question, and what register writes mean: vm.txt.
 * Accepted with EPTSWEEP_ACCEPT=1, as the others.
 */
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { EptsweepError } from '../../src/errors.ts';
import { policy } from '../../src/policy/index.ts';
import { WANTS } from '../../src/types.ts';
import {
  CONFIDENTIAL,
  confidentialAssumptions,
  EVIDENCE_LEVELS,
  EVIDENCE_SUBJECTS,
  guestRegisters,
  hostAssumptions,
  vcpu,
  vcpuOf,
  vm,
  weakest,
  writeRule,
} from '../../src/vm/index.ts';
import { writtenDown } from './written-down.ts';

const PATH = fileURLToPath(new URL('vm.txt', import.meta.url));

const shown = (value: unknown): string =>
  value === undefined
    ? 'undefined'
    : JSON.stringify(value, (_, part: unknown) => {
        if (typeof part === 'bigint') return `0x${part.toString(16)}n`;
        if (part instanceof Map) return [...part];
        if (ArrayBuffer.isView(part)) return [...(part as Uint8Array)];
        return part === Number.POSITIVE_INFINITY || Number.isNaN(part) ? String(part) : part;
      });

const said = (answer: () => unknown): string => {
  try {
    return shown(answer());
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    return `${error.name} ${error.code}${error.path === '' ? '' : ` at ${error.path}`}: ${error.message}`;
  }
};

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
const FIELDS: Readonly<Record<string, readonly unknown[]>> = {
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
const WHOLE: readonly unknown[] = [
  { confidential: 'tdx', vendor: 'amd' },
  { confidential: 'tdx', selfSnoop: false },
  { confidential: 'tdx', quirks: ['ignore-guest-pat'] },
  { confidential: 'tdx', quirks: ['cd-nw-cleared'] },
  { confidential: 'snp', vendor: 'amd', selfSnoop: false, quirks: ['ignore-guest-pat'] },
  { vcpus: [{}] },
  { state: {} },
  { mrss: [] },
];

const VMS: readonly unknown[] = [
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
const QUERIES: readonly unknown[] = [
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
const FRAMES: readonly (readonly number[])[] = [[0, SPACE - 1], [0, SPACE], [-1], [0, 0.5], [Number.NaN]];
const TILES: readonly (readonly [first: unknown, count: number])[] = [
  [0, 2],
  [SPACE - 1, 1],
  [SPACE, 0],
  [SPACE, 1],
  [-1, 1],
  ['0', 1],
];

function viewText(): string {
  const evaluator = createEvaluatorSync();
  const guest = vcpu({ maxphyaddr: 32, msrs: { 0x2ff: 0x806n } });
  const view = evaluator.view(guest, policy('kvm-5.16'));
  const lines = [
    ...QUERIES.map((query) => `${shown(query)}: ${said(() => view.totals('effective', query as never))}`),
    ...FRAMES.map((list) => `of ${shown(list)}: ${said(() => view.typesOf(Float64Array.from(list)))}`),
    ...TILES.map(
      (tile) =>
        `tile ${shown(tile)}: ${said(() => view.typesInto(new Uint8Array(tile[1]), tile[0] as number))}`,
    ),
    ...['mtr', 7, undefined].map((want) => `${shown(want)}: ${said(() => view.totals(want as never))}`),
  ];
  view.dispose();
  lines.push(said(() => view.totals('ept')));
  const other = evaluator.view(guest, policy('kvm-5.16'));
  evaluator.dispose();
  lines.push(
    said(() => other.totals('ept')),
    said(() => evaluator.view(guest, policy('sdm'))),
  );
  const broken = ['maxphyaddr', 'msrs', 'mmio', 'slots', 'quirks', 'hostMsrs', 'vendor', 'vcnt', 'cr0cd'];
  for (const key of [...broken, 'guestHasMtrr', 'noncoherentDma', 'selfSnoop'])
    lines.push(
      `${key}: ${said(() => createEvaluatorSync().view({ ...guest, [key]: 'x' } as never, policy('sdm')))}`,
    );
  return lines.join('\n');
}

/** Registers with values at the edge of each rule. */
const EDGES: readonly (readonly [msr: number, values: readonly bigint[]])[] = [
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

const rulesText = (): string =>
  EDGES.map(([msr, values]) =>
    values
      .map((value) => `0x${msr.toString(16)} 0x${value.toString(16)}: ${writeRule({ msr, value }, 36, 8)}`)
      .join('\n'),
  ).join('\n');

const REGISTERS: readonly Readonly<Record<number, bigint>>[] = [
  {},
  { 0x2ff: 0xc06n, 0x277: 6n, 0x200: 0x10_8000_0006n, 0x201: 0xf_8000_0800n, 0x24f: 0x1000n },
  { 0xc0010010: 0x600000n, 0xc001001d: 0x1_0080_0000n },
  { 0xc0010010: 0x600000n, 0xc001001d: 0x1_007f_ffffn },
  { 0xc0010010: 0x400000n, 0xc001001d: 0x2_0000_0000n },
  { 0xc0010010: 0x200000n, 0xc001001d: 0x2_0000_0000n },
];

function assumedText(): string {
  const guests = [{}, { hostMsrs: {} }, { noncoherentDma: true }, { noncoherentDma: true, hostMsrs: {} }];
  const hosts = guests.flatMap((guest) =>
    ['intel', 'amd'].flatMap((vendor) =>
      ['kvm-6.8', 'sdm', 'peer-xen-ept'].flatMap((name) =>
        [[], ...WANTS.map((want) => [want])].map((wants) => {
          const made = vcpu({ ...guest, maxphyaddr: 36, vendor: vendor as 'amd' });
          const sentences = hostAssumptions(made, policy(name), wants);
          return `${shown(guest)} ${vendor} ${name} ${wants}: ${sentences.length} ${sentences.join('; ')}`;
        }),
      ),
    ),
  );
  const kinds = [undefined, ...CONFIDENTIAL].flatMap((kind) =>
    ['kvm-6.10', 'kvm-6.11', 'kvm-6.15', 'kvm-6.16', 'sdm'].map(
      (name) => `${kind} ${name}: ${confidentialAssumptions(kind, policy(name)).join('; ')}`,
    ),
  );
  return [...hosts.filter((line) => !line.endsWith(': 0 ')), ...kinds].join('\n');
}

function evidenceText(): string {
  const of = (level: (typeof EVIDENCE_LEVELS)[number], subject = EVIDENCE_SUBJECTS[0]) =>
    ({ subject, level, what: level, why: '' }) as const;
  const lists = EVIDENCE_LEVELS.flatMap((a) => EVIDENCE_LEVELS.map((b) => [of(a), of(b)]));
  return [
    EVIDENCE_SUBJECTS.join(),
    ...lists.map((list) => `${list.map(({ level }) => level)}: ${weakest(list, ['default-type'])?.level}`),
    `of another subject: ${weakest([of('torn')], ['ram'])?.level}`,
  ].join('\n');
}

const ANSWERS = new Map<string, () => string>([
  ...Object.entries(FIELDS).map(([field, values]): [string, () => string] => [
    `vCPUs by ${field}`,
    () =>
      values
        .map((value) => {
          const made = () => vcpu({ maxphyaddr: 32, vendor: 'amd', [field]: value } as never);
          const intel = () => vcpu({ maxphyaddr: 32, [field]: value } as never);
          const own = said(() => (field === 'confidential' ? made() : intel())[field as 'msrs']);
          return `${shown(value)}: ${own}`;
        })
        .join('\n'),
  ]),
  [
    'vCPUs',
    () =>
      WHOLE.map((one) => `${shown(one)}: ${said(() => vcpu({ maxphyaddr: 32, ...(one as object) }))}`).join(
        '\n',
      ),
  ],
  ['no vCPUs', () => [7, null, [], 'x'].map((one) => said(() => vcpu(one as never))).join('\n')],
  ...VMS.map((init, index): [string, () => string] => [
    `VM ${index}`,
    () =>
      said(() => {
        const { policy: of, slots: _, ...made } = vm({ maxphyaddr: 32, ...(init as object) } as never);
        return { ...made, policy: of.name };
      }),
  ]),
  [
    'vCPUs of a VM',
    () =>
      [0, 1, -1, 0.5, '0', undefined]
        .map((index) => said(() => vcpuOf(vm({ maxphyaddr: 32 }), index as number).maxphyaddr))
        .join('\n'),
  ],
  ['no VMs', () => [7, null, {}].map((one) => said(() => vcpuOf(one as never, 0))).join('\n')],
  ['views', viewText],
  ['rules of writes', rulesText],
  [
    'registers',
    () => REGISTERS.map((msrs) => shown(guestRegisters(vcpu({ maxphyaddr: 36, msrs })))).join('\n'),
  ],
  ['assumptions', assumedText],
  ['evidence', evidenceText],
]);

describe('what is made of each field', () => {
  writtenDown(PATH, '## ', [...ANSWERS.keys()], (title) => ANSWERS.get(title)!());
});
