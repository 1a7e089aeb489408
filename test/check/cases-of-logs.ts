/** CPUs that differ, and what logs complain of. */
import {
  type Case,
  complaint,
  cpus,
  evidence,
  FIXED,
  G,
  K,
  LOW,
  M,
  only,
  range,
  SOUND,
  UC,
  WB,
  WC,
} from './case.ts';

export const OF_LOGS: Readonly<Record<string, Case>> = {
  // CPUs
  'a CPU with another type': { init: cpus(1, { msrs: { ...SOUND, 0x259: 0x0606060606060606n } }) },
  'two CPUs with other types, in several registers': {
    init: cpus(2, { msrs: { ...SOUND, ...range(3, G, 256n * M, UC), ...range(4, 9n * G, G, WB) } }),
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'five CPUs, which are most': {
    init: cpus(5, { msrs: { ...SOUND, 0x259: 0x0606060606060606n } }),
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'four of nine CPUs': {
    init: {
      vcpus: [
        ...Array.from({ length: 5 }, () => ({ msrs: SOUND })),
        ...Array.from({ length: 4 }, () => ({ msrs: LOW })),
      ],
    },
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'CPUs that differ, where ranges may be missing': {
    init: cpus(1, { msrs: { ...SOUND, 0x259: 0x0606060606060606n } }),
    evidence: [evidence('variable-ranges', 'torn', 'all of it'), evidence('ram', 'assumed')],
    options: only('cpus-differ'),
  },
  'five of twelve CPUs': {
    init: {
      vcpus: [
        ...Array.from({ length: 7 }, () => ({ msrs: SOUND })),
        ...Array.from({ length: 5 }, () => ({ msrs: LOW })),
      ],
    },
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'CPUs with all that differs without effect': {
    init: cpus(1, {
      msrs: {
        ...SOUND,
        ...Object.fromEntries(Array.from({ length: 10 }, (_, n) => [0x204 + n, BigInt(n) << 32n])),
      },
    }),
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'a CPU with another PAT': {
    init: cpus(1, { msrs: { ...SOUND, 0x277: 0x0407050600070106n } }),
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'a CPU with CR0.CD': { init: cpus(1, { cr0cd: true }), options: only('cpus-differ', 'cpus-differ-raw') },
  'CPUs that differ in many stretches': {
    init: cpus(1, { msrs: { ...SOUND, 0x20e: 0n, 0x20f: 0x1800n } }),
    options: only('cpus-differ', 'cpus-differ-raw'),
  },
  'CPUs in 66 states': {
    init: { vcpus: Array.from({ length: 66 }, (_, n) => ({ msrs: { ...SOUND, 0x20e: BigInt(n) << 12n } })) },
    options: { ...only('cpus-differ'), minSeverity: 'LOW' },
  },
  'CPUs in 65 states': {
    init: { vcpus: Array.from({ length: 65 }, (_, n) => ({ msrs: { ...SOUND, 0x20e: BigInt(n) << 12n } })) },
    options: { ...only('cpus-differ'), minSeverity: 'LOW' },
  },
  'CPUs in 64 states': {
    init: { vcpus: Array.from({ length: 64 }, (_, n) => ({ msrs: { ...SOUND, 0x20e: BigInt(n) << 12n } })) },
    options: { ...only('cpus-differ'), minSeverity: 'LOW' },
  },
  // Complaints
  'complaints of every kind': {
    complaints: (
      [
        'cpus-inconsistent',
        'ram-lost',
        'ept-misconfig',
        'firmware-bug',
        'ranges-short',
        'type-conflict',
        'range-refused',
        'large-page',
      ] as const
    ).map((kind, k) => complaint(kind, 10 * k)),
    options: { minSeverity: 'LOW' },
  },
  'complaints without registers': {
    hasRegisters: false,
    complaints: [
      complaint('cpus-inconsistent', 1, { group: 'variable' }),
      complaint('large-page', 2, { range: { start: 512, end: 1024 } }),
      complaint('ram-lost', 3),
      complaint('firmware-bug', 9),
    ],
  },
  'CPUs that the log calls inconsistent': {
    complaints: [
      complaint('cpus-inconsistent', 1, { group: 'variable' }),
      complaint('cpus-inconsistent', 2, { group: 'fixed' }),
      complaint('cpus-inconsistent', 3, { group: 'def-type' }),
    ],
    options: only('cpus-inconsistent'),
  },
  'complaints that stand near each other': {
    complaints: [
      complaint('range-refused', 10, { range: { start: 1, end: 2 } }),
      complaint('range-refused', 13, { range: { start: 3, end: 4 } }),
      complaint('range-refused', 16),
      complaint('range-refused', 20),
      complaint('range-refused', 21, { severity: 'LOW' }),
      complaint('range-refused', 22, { at: { file: 'other', line: 22 } }),
      complaint('ranges-short', 23),
      complaint('ranges-short', 22, { range: { start: 7, end: 9 } }),
    ],
    options: { minSeverity: 'LOW' },
  },
  'a large page inside which types meet': {
    msrs: { ...SOUND, ...range(3, 0x70000000n, M, UC) },
    complaints: [complaint('large-page', 1, { range: { start: 0x70000, end: 0x70200 } })],
    options: only('large-page'),
  },
  'a large page under one range, under two, under none, past the space, with MTRRs off': {
    msrs: { ...SOUND, ...range(3, 0x70000000n, 256n * M, WB) },
    complaints: [
      [0x60000, 0x60200],
      [0x70000, 0x70200],
      [0xc0000, 0xc0200],
      [2 ** 28, 2 ** 28 + 512],
      [2 ** 28 - 512, 2 ** 28 + 512],
    ].map(([start, end], k) => complaint('large-page', 10 * k, { range: { start: start!, end: end! } })),
    options: only('large-page'),
  },
  'a large page whose first and last pages alone ranges reach': {
    msrs: { ...SOUND, ...range(3, 0x70000000n, 4n * K, UC), ...range(4, 0x701ff000n, 4n * K, WC) },
    complaints: [complaint('large-page', 1, { range: { start: 0x70000, end: 0x70200 } })],
    options: only('large-page'),
  },
  'a large page while the MTRRs are off': {
    msrs: { ...SOUND, 0x2ff: 0n },
    complaints: [complaint('large-page', 1, { range: { start: 0x70000, end: 0x70200 } })],
  },
  'RAM that was lost and is covered': {
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    options: only('ram-lost'),
    placeOf: (_, msr) => ({ file: msr === 0x200 ? 'log' : 'log', line: msr }),
  },
  'RAM that was lost and is covered, by one range of another file': {
    msrs: { ...FIXED, ...range(0, 0n, 8n * G, WB), 0x2ff: 0xc00n },
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    options: only('ram-lost'),
    placeOf: (_, msr) => ({ file: msr === 0x200 ? 'log' : 'other', line: msr }),
  },
  'RAM that was lost and is covered, by one line': {
    msrs: { ...FIXED, ...range(0, 0n, 8n * G, WB), 0x2ff: 0xc00n },
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    options: only('ram-lost'),
    placeOf: () => ({ file: 'log', line: 5 }),
  },
  'RAM that was lost by a map that is not the firmware’s': {
    complaints: [complaint('ram-lost', 9)],
    options: only('ram-lost'),
  },
  'RAM that was lost, of CPUs that differ': {
    init: cpus(1, { msrs: LOW }),
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    options: only('ram-lost'),
  },
  'RAM that was lost, with assumed ranges': {
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    evidence: [evidence('variable-ranges', 'assumed')],
    options: only('ram-lost'),
  },
  'RAM that was lost, with inferred ranges': {
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    evidence: [evidence('variable-ranges', 'inferred')],
    options: only('ram-lost'),
  },
  'RAM that was lost and is uncovered': {
    msrs: LOW,
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    options: { minSeverity: 'LOW' },
  },
  'RAM that was lost, WB by default': {
    msrs: { 0x2ff: 0x806n },
    complaints: [complaint('ram-lost', 9)],
    isFirmwareMap: true,
    options: only('ram-lost'),
  },
  'a firmware bug that holes explain': {
    msrs: { ...SOUND, 0x206: 0x70000000n, 0x207: 0x7ffff00800n },
    complaints: [complaint('firmware-bug', 9)],
    options: only('firmware-bug', 'mask-holes'),
  },
  'a firmware bug that names registers beside holes': {
    msrs: { ...SOUND, 0x206: 0x70000000n, 0x207: 0x7ffff00800n },
    complaints: [complaint('cpus-inconsistent', 9, { group: 'def-type' })],
    options: only('cpus-inconsistent', 'mask-holes'),
  },
};
