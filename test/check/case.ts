/** What the cases of `answers.test.ts` are made of. */
import type { CheckInput, CheckOptions, Complaint, Finding } from '../../src/check/index.ts';
import type { Evidence, VmInit, VmVcpuInit } from '../../src/vm/index.ts';

export type Msrs = Readonly<Record<number, bigint>>;
export interface Case extends Partial<Omit<CheckInput, 'vm'>> {
  readonly msrs?: Msrs;
  readonly init?: Partial<VmInit>;
  readonly options?: CheckOptions;
}

export const [K, M, G] = [1n << 10n, 1n << 20n, 1n << 30n];
export const FRAMES_OF_GIB = 1 << 18;
export const FIXED: Msrs = {
  ...{ 0x250: 0x0606060606060606n, 0x258: 0x0606060606060606n, 0x259: 0n },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, n) => [0x268 + n, 0x0505050505050505n])),
};
export const [UC, WC, WT, WP, WB] = [0n, 1n, 4n, 5n, 6n];

/** Base and mask of a variable range in a space of 40 bits. */
export const range = (index: number, base: bigint, size: bigint, type: bigint): Msrs => ({
  [0x200 + 2 * index]: base | type,
  [0x201 + 2 * index]: ((1n << 40n) - size) | 0x800n,
});
/** WB on 0-2G and 4-8G, default UC, fixed ranges as usual. */
export const SOUND: Msrs = {
  ...FIXED,
  ...range(0, 0n, 2n * G, WB),
  ...range(1, 4n * G, 4n * G, WB),
  0x2ff: 0xc00n,
};
export const RAM = [
  { start: 0, end: 0xa0 },
  { start: 0x100, end: 2 * FRAMES_OF_GIB },
  { start: 4 * FRAMES_OF_GIB, end: 8 * FRAMES_OF_GIB },
];
export const MAP = { ram: RAM, described: RAM, mmio: [] };
export const NO_MAP = { ram: undefined, described: [], mmio: [] };
export const frames = (start: bigint, end: bigint) => ({
  start: Number(start >> 12n),
  end: Number(end >> 12n),
});
export const device = (start: bigint, end: bigint, name = 'a card') => ({
  ...MAP,
  mmio: [{ ...frames(start, end), name }],
});
export const ram = (...ranges: readonly (readonly [bigint, bigint])[]) => {
  const list = ranges.map(([start, end]) => frames(start, end));
  return { ram: list, described: list, mmio: [] };
};

export const evidence = (
  subject: Evidence['subject'],
  level: Evidence['level'],
  settledBy?: string,
): Evidence => ({
  ...{ subject, level, what: `${subject} such`, why: 'said so' },
  ...(settledBy !== undefined && { settledBy }),
});
export const complaint = (
  kind: Complaint['kind'],
  line: number,
  more: Partial<Complaint> = {},
): Complaint => ({
  ...{ kind, severity: 'MEDIUM', text: `line ${line}`, remedy: `mend ${line}`, at: { file: 'log', line } },
  ...more,
});
/** Other registers for the last of several CPUs. */
export const cpus = (count: number, change: VmVcpuInit): Partial<VmInit> => ({
  vcpus: [
    ...Array.from({ length: 3 }, () => ({ msrs: SOUND })),
    ...Array.from({ length: count }, () => ({ msrs: SOUND, ...change })),
  ],
});
export const only = (...rules: readonly Finding['rule'][]): CheckOptions => ({ rules: new Set(rules) });

/** Registers of AMD's TOM2: where memory above 4 GiB ends, and SYSCFG that makes it WB. */
export const TOM2 = (top: bigint): Msrs => ({ 0xc0010010: 0x600000n, 0xc001001d: top });
export const LOW: Msrs = { ...FIXED, ...range(0, 0n, 2n * G, WB), 0x2ff: 0xc00n };
export const NO_SPLITS = only('ram-not-wb', 'ram-uncovered');
