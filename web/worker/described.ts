/** An opened machine as the page shows it. */
import { type Evidence, frameCount, type Subject, type Vm, vcpuGroups } from '../../src/index.ts';
import type { OpenedConfig } from '../../src/open/index.ts';
import type { Facts, RamRange } from '../../src/read/index.ts';
import { idsText, vmConfigLines } from '../../src/write/index.ts';
import type { Known, Machine, MachineId, MemoryRow, VcpuGroup, WhatWasRead } from './protocol.ts';

/** By what somebody can state what a dump leaves open. */
const STATED_BY: Readonly<Partial<Record<Subject, Known['statedBy']>>> = {
  'physical-address-bits': { option: 'physBits' },
  'default-type': { path: 'msrs.MTRRdefType' },
  enables: { path: 'msrs.MTRRdefType' },
  pat: { path: 'msrs.PAT' },
  tom2: { path: 'msrs.TOP_MEM2' },
  'noncoherent-dma': { path: 'noncoherentDma' },
  quirks: { path: 'quirks' },
  'self-snoop': { path: 'host.selfSnoop' },
};

/** Evidence as the page shows it. */
export function knownOf(evidence: Evidence): Known {
  const { subject, level, what, why, settledBy, at } = evidence;
  const statedBy = level === 'read' ? undefined : STATED_BY[subject];
  return {
    subject,
    level,
    what,
    why,
    ...(settledBy !== undefined && { settledBy }),
    ...(statedBy && { statedBy }),
    ...(at && { at }),
  };
}

/** vCPUs by state, in the order of their first. */
export function groupsOf(vm: Vm): readonly VcpuGroup[] {
  return vcpuGroups(vm).map(({ state, indexes }) => {
    const ids = indexes.map((index) => vm.vcpus[index]!.id);
    return { ids, label: `vCPU ${idsText(ids)}`, cr0cd: state.cr0cd };
  });
}

const MEMORY_KINDS: Readonly<Record<RamRange['kind'], MemoryRow['kind']>> = {
  ram: 'ram',
  reserved: 'reserved',
  acpi: 'acpi',
  nvs: 'nvs',
  unusable: 'unusable',
  persistent: 'persistent',
  'soft-reserved': 'soft-reserved',
  rom: 'rom',
  mmio: 'device',
  other: 'other',
};

function rowOfRange({ source, start, end, kind, name, depth, at }: RamRange): MemoryRow {
  const frames = { start: Number(start >> 12n), end: Number((end >> 12n) + 1n) };
  return { ...frames, kind: MEMORY_KINDS[kind], name, list: source, depth, at };
}

/** What lies where: by a dump's own lists, else by the slots and MMIO of the config. */
function memoryOf({ vm, facts }: OpenedConfig): readonly MemoryRow[] {
  const { frames } = { frames: frameCount(vm.maxphyaddr) };
  const listed = (facts?.ram ?? []).map(rowOfRange).filter(({ start }) => start < frames);
  if (listed.length > 0) return listed.map((row) => ({ ...row, end: Math.min(row.end, frames) }));
  const [slot] = vm.slots;
  const isWhole = vm.slots.length === 1 && slot?.gfn === 0 && slot.count === frames;
  const slots = isWhole ? [] : vm.slots;
  return [
    ...slots.map(
      ({ gfn, count, readonly }): MemoryRow => ({
        start: gfn,
        end: gfn + count,
        kind: readonly ? 'rom' : 'ram',
        name: readonly ? 'slot, read-only' : 'slot',
        list: 'slots',
        depth: 0,
      }),
    ),
    ...vm.mmio.map(
      ({ start, end }): MemoryRow => ({
        start,
        end,
        kind: 'device',
        name: 'host MMIO',
        list: 'mmio',
        depth: 0,
      }),
    ),
  ].sort((a, b) => a.start - b.start);
}

/** A config that `open` takes, without the machine's name: what a link carries is nobody's business but the sender's. */
function namelessConfig(vm: Vm): string {
  return [...vmConfigLines(vm)].filter((line) => !line.startsWith('name:')).join('\n');
}

/** The readers' names of formats are loaded with the readers, which a config does without. */
async function readOf(facts: Facts): Promise<WhatWasRead> {
  const { whatWasRead } = await import('./what-was-read.ts');
  return whatWasRead(facts);
}

/**
 * An opened machine.
 *
 * @param machine - by which questions name it
 * @param origin - of what it was opened
 */
export async function describedMachine(
  machine: MachineId,
  opened: OpenedConfig,
  origin: Machine['origin'],
): Promise<Machine> {
  const { vm, facts, evidence = [], hostEvidence = [], said = [], hasRegisters = true } = opened;
  return {
    machine,
    name: vm.name,
    origin,
    maxphyaddr: vm.maxphyaddr,
    frames: frameCount(vm.maxphyaddr),
    vendor: vm.host.vendor,
    selfSnoop: vm.host.selfSnoop,
    noncoherentDma: vm.noncoherentDma,
    policy: vm.policy.name,
    groups: groupsOf(vm),
    hasRegisters,
    said,
    evidence: [
      ...evidence.map(knownOf),
      ...hostEvidence.map((one): Known => ({ ...knownOf(one), isOfPolicies: true })),
    ],
    ...(origin === 'dump' && facts && { read: await readOf(facts) }),
    memory: memoryOf(opened),
    config: namelessConfig(vm),
  };
}
