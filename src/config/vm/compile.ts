/**
 * A config whose every value was read becomes a VM. What needs two values together is checked here: addresses
 * against MAXPHYADDR, slots against each other, a register that is given twice.
 */
import { EptsweepError, InputError } from '../../errors.ts';
import {
  type CustomPolicy,
  type Policy,
  policy,
  policyFromFlags,
  policyName,
  type Quirk,
  type Vendor,
} from '../../policy/index.ts';
import type { GfnRange } from '../../types.ts';
import {
  type Confidential,
  HOST,
  isaPartOf,
  MAX_VCPUS,
  mmioOfSlot,
  type SlotInit,
  type Vm,
  type VmInit,
  type VmVcpuInit,
  vm,
} from '../../vm/index.ts';
import { addresses, hexText } from '../../words.ts';
import type { Path } from '../path.ts';
import { type ByteRange, parseRange } from '../range-text.ts';
import { parseLevel, parseQuantity, parseQuirk } from '../values.ts';
import { DisjointSlots } from './disjoint-slots.ts';
import type { ConfigInput, SlotInput, StateInput, VcpuInput } from './input.ts';
import { hostRegisters, type Registers, type Report, registersOf } from './registers.ts';

/** A VM, and where in the config its register writes are. */
export interface Compiled {
  /** Undefined where problems were reported. */
  readonly vm: Vm | undefined;
  /** Where the `write`-th register write of the vCPU at a position is given. */
  readonly origin: (index: number, write: number) => Path | undefined;
}

/** Takes what is probably not meant, but has a meaning. */
type Warn = (path: Path, message: string) => void;

interface Group {
  readonly ids: readonly number[];
  readonly name: string | undefined;
  readonly registers: Registers;
  readonly state: StateInput;
}

function frames(bytes: ByteRange): GfnRange {
  return { start: Number(bytes.start >> 12n), end: Number(bytes.end >> 12n) };
}

function bytesOf(slot: SlotInput): ByteRange | undefined {
  if (slot.range !== undefined) return parseRange(slot.range) as ByteRange;
  const start = parseQuantity(slot.base);
  const size = parseQuantity(slot.size);
  return start === undefined || size === undefined ? undefined : { start, end: start + size };
}

function slotOf(input: SlotInput, path: Path, maxphyaddr: number, report: Report): SlotInit | undefined {
  const isRange = input.range !== undefined;
  if (isRange && (input.base !== undefined || input.size !== undefined)) {
    report(
      [...path, input.base === undefined ? 'size' : 'base'],
      'expected either range or base and size, got both',
    );
    return undefined;
  }
  const bytes = bytesOf(input);
  if (!bytes) {
    const missing = input.base === undefined ? 'base' : 'size';
    report([...path, missing], `expected a range, or base and size; ${missing} is missing`);
    return undefined;
  }
  if (bytes.end === bytes.start) {
    report([...path, 'size'], 'expected at least 4096 bytes, got 0');
    return undefined;
  }
  if (bytes.end > 1n << BigInt(maxphyaddr)) {
    report(
      [...path, isRange ? 'range' : 'size'],
      `expected an end within 2^${maxphyaddr}, got ${hexText(bytes.end)}`,
      `maxphyaddr is ${maxphyaddr}`,
    );
    return undefined;
  }
  if (input.hpa !== undefined && input.pfn !== undefined) {
    report([...path, 'pfn'], 'expected either hpa or pfn, got both');
    return undefined;
  }
  const { start, end } = frames(bytes);
  const hpa = parseQuantity(input.hpa);
  const pfn = hpa !== undefined ? Number(hpa >> 12n) : Number(parseQuantity(input.pfn) ?? start);
  const hostKey = input.hpa === undefined ? 'pfn' : 'hpa';
  if (pfn + (end - start) > 2 ** 40) {
    report([...path, hostKey], 'expected host addresses below 2^52');
    return undefined;
  }
  return {
    gfn: start,
    count: end - start,
    pfn,
    readonly: input.kind === 'readonly',
    maxLevel: parseLevel(input.maxLevel ?? '1G')!,
  };
}

/** Slots, each checked alone and against those before it. */
export function slotsOf(inputs: readonly SlotInput[], maxphyaddr: number, report: Report): SlotInit[] {
  const made: SlotInit[] = [];
  const placed = new DisjointSlots();
  for (const [index, input] of inputs.entries()) {
    const slot = slotOf(input, ['slots', index], maxphyaddr, report);
    if (!slot) continue;
    const other = placed.put({ slot, index });
    if (other) {
      const { gfn, count } = other.slot;
      const key = input.range === undefined ? 'base' : 'range';
      report(
        ['slots', index, key],
        `overlaps slots[${other.index}], ${addresses({ start: gfn, end: gfn + count })}`,
      );
    } else made.push(slot);
  }
  return made;
}

/** Guest frames of a slot of kind mmio that count as MMIO; of host frames that are not stated nothing is known. */
function mmioOfInput(input: SlotInput, slot: SlotInit, path: Path, warn: Warn): readonly GfnRange[] {
  const isStated = input.hpa !== undefined || input.pfn !== undefined;
  const isa = isStated ? isaPartOf(slot) : undefined;
  if (!isa) return [{ start: slot.gfn, end: slot.gfn + slot.count }];
  const host = { start: isa.start - slot.gfn + slot.pfn, end: isa.end - slot.gfn + slot.pfn };
  warn(
    [...path, input.hpa === undefined ? 'pfn' : 'hpa'],
    `host ${addresses(host)} is the ISA range, no MMIO to KVM: guest ${addresses(isa)} gets RAM's rule`,
  );
  return mmioOfSlot(slot);
}

/** What is backed by MMIO: by the list, and by the kind of a slot. */
export function mmioOf(
  input: Pick<ConfigInput, 'mmio' | 'slots'>,
  maxphyaddr: number,
  report: Report,
  warn: Warn = () => undefined,
): GfnRange[] {
  const ranges: GfnRange[] = [];
  for (const [index, text] of (input.mmio ?? []).entries()) {
    const bytes = parseRange(text) as ByteRange;
    if (bytes.end > 1n << BigInt(maxphyaddr)) {
      report(
        ['mmio', index],
        `expected an end within 2^${maxphyaddr}, got ${hexText(bytes.end)}`,
        `maxphyaddr is ${maxphyaddr}`,
      );
    } else ranges.push(frames(bytes));
  }
  for (const [index, slot] of (input.slots ?? []).entries()) {
    if (slot.kind !== 'mmio') continue;
    const path = ['slots', index];
    const made = slotOf(slot, path, maxphyaddr, () => undefined);
    if (made) ranges.push(...mmioOfInput(slot, made, path, warn));
  }
  return ranges;
}

/** `0-3,7` as numbers; undefined where a part ends before it starts. */
function idList(text: string | number): number[] | undefined {
  const ids: number[] = [];
  for (const part of String(text).split(',')) {
    const [first, last = first] = part.split('-').map(Number) as [number, number?];
    if (last < first || last - first >= MAX_VCPUS) return undefined;
    for (let id = first; id <= last; id++) ids.push(id);
  }
  return ids;
}

/**
 * The vCPUs of a config, by group.
 *
 * @param base - registers at the top of the config
 */
export function groupsOf(
  input: Omit<ConfigInput, 'maxphyaddr'>,
  base: Registers,
  maxphyaddr: number,
  report: Report,
): Group[] {
  if (!Array.isArray(input.vcpus)) {
    const count = Number(parseQuantity(input.vcpus) ?? 1n);
    return [
      { ids: Array.from({ length: count }, (_, id) => id), name: undefined, registers: base, state: input },
    ];
  }
  const taken = new Set<number>();
  let next = 0;
  return input.vcpus.map((group: VcpuInput, index): Group => {
    const path = ['vcpus', index];
    if (group.id !== undefined && group.count !== undefined) {
      report([...path, 'count'], 'expected either id or count, got both');
    }
    const count = Number(parseQuantity(group.count) ?? 1n);
    const start = next;
    const ids =
      group.id === undefined
        ? Array.from({ length: count }, (_, k) => start + k)
        : (idList(group.id as string | number) ?? []);
    if (ids.length === 0)
      report([...path, 'id'], 'expected a list such as 0-3,7 (a part ends before it starts)');
    const twice = ids.find((id) => taken.has(id));
    if (twice !== undefined) {
      report([...path, group.id === undefined ? 'count' : 'id'], `vCPU ${twice} is given twice`);
    }
    for (const id of ids) {
      taken.add(id);
      next = Math.max(next, id + 1);
    }
    if (taken.size > MAX_VCPUS) report(path, `expected at most ${MAX_VCPUS} vCPUs, got ${taken.size}`);
    return {
      ids,
      name: group.name,
      registers: registersOf(group, path, base, maxphyaddr, report),
      state: { ...input, ...group },
    };
  });
}

/** A policy by name or by what differs from a named one; undefined where it was reported. */
export function policyOf(input: ConfigInput['policy'], report: Report): Policy | undefined {
  if (input === undefined) return undefined;
  if (typeof input === 'string') return policy(policyName(input));
  try {
    const custom = {
      ...input,
      base: policyName(input.base),
      ...(input.backports && { backports: input.backports.map(String) }),
      ...(input.defaultQuirks && {
        defaultQuirks: input.defaultQuirks.map((name) => parseQuirk(name) as Quirk),
      }),
    };
    return policyFromFlags(custom as CustomPolicy);
  } catch (error) {
    if (!(error instanceof EptsweepError)) throw error;
    const steps = error.path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    if (error instanceof InputError) report(['policy', ...steps], error.problem, error.hint);
    else report(['policy', ...steps], error.message);
    return undefined;
  }
}

/** Groups as {@link vm} takes them, and which one each vCPU belongs to. */
export function vcpuInits(groups: readonly Group[]): { inits: VmVcpuInit[]; groupOf: Map<number, Group> } {
  const groupOf = new Map<number, Group>();
  const inits: VmVcpuInit[] = [];
  for (const group of groups) {
    const msrs = [...group.registers].map(([msr, { value }]) => [msr, value] as const);
    const { cr0cd, guestHasMtrr } = group.state;
    const vcnt = parseQuantity(group.state.vcnt);
    for (const [position, id] of group.ids.entries()) {
      groupOf.set(id, group);
      const name = group.name && (group.ids.length > 1 ? `${group.name}${position}` : group.name);
      inits.push({
        id,
        msrs,
        ...(name && { name }),
        ...(cr0cd !== undefined && { cr0cd }),
        ...(guestHasMtrr !== undefined && { guestHasMtrr }),
        ...(vcnt !== undefined && { vcnt: Number(vcnt) }),
      });
    }
  }
  return { inits, groupOf };
}

/**
 * Turns a config into a VM.
 *
 * @param input - a config that the schema accepts
 * @param name - name of the VM where the config gives none
 * @param report - takes every problem; with one, there is no VM
 * @param warn - takes what is probably not meant, but has a meaning
 */
export function compileConfig(
  input: ConfigInput,
  name: string,
  report: Report,
  warn: Warn = () => undefined,
): Compiled {
  let problems = 0;
  const note: Report = (path, message, hint) => {
    problems += 1;
    report(path, message, hint);
  };
  const maxphyaddr = Number(parseQuantity(input.maxphyaddr));
  const base = registersOf(input, [], new Map(), maxphyaddr, note);
  const groups = groupsOf(input, base, maxphyaddr, note);
  const slots = input.slots && slotsOf(input.slots, maxphyaddr, note);
  const mmio = mmioOf(input, maxphyaddr, note, warn);
  const chosen = policyOf(input.policy, note);
  const host = input.hostMsrs && hostRegisters(input.hostMsrs, note);
  if (chosen && input.host?.vendor === 'amd' && !chosen.traits.vendors.includes('amd')) {
    note(
      ['host', 'vendor'],
      `${chosen.name} says nothing of an AMD host, only KVM's policies do`,
      'name one, such as policy: kvm-6.8, or say vendor: intel',
    );
  }
  if (problems > 0) return { vm: undefined, origin: () => undefined };
  const { inits, groupOf } = vcpuInits(groups);
  const init: VmInit = {
    name: input.name ?? name,
    maxphyaddr,
    mmio,
    vcpus: inits,
    ...(slots && { slots }),
    ...(chosen && { policy: chosen }),
    ...(input.host?.selfSnoop !== undefined && { selfSnoop: input.host.selfSnoop }),
    ...(input.host?.vendor !== undefined && { vendor: input.host.vendor as Vendor }),
    ...(host && { hostMsrs: [...host].map(([msr, { value }]) => [msr, value] as const) }),
    ...(input.noncoherentDma !== undefined && { noncoherentDma: input.noncoherentDma }),
    ...(input.confidential !== undefined && { confidential: input.confidential as Confidential }),
    ...(input.quirks && { quirks: input.quirks.map((quirk) => parseQuirk(quirk) as Quirk) }),
  };
  try {
    const made = vm(init);
    const origin = (index: number, write: number) => {
      if (index === HOST) return [...(host?.values() ?? [])][write]?.path;
      const group = groupOf.get(made.vcpus[index]?.id ?? -1);
      return group && [...group.registers.values()][write]?.path;
    };
    return { vm: made, origin };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    note([], error.message);
    return { vm: undefined, origin: () => undefined };
  }
}
