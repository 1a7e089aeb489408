/** The registers of a vCPU as bars: flame-chart like, so that overlaps are seen. */
import { msrName, type RegisterRange, registerRanges, vcpuOf } from '../../src/index.ts';
import { knownRegisters, type OpenedConfig, vcpuIndex } from '../../src/open/index.ts';
import { hexText } from '../../src/write/index.ts';
import { knownOf } from './described.ts';
import { MOST_STRETCHES, type RegisterBar, type RegisterBars } from './protocol.ts';

/** `MTRR3`; the others by what they are, since one alone is of each kind but the fixed ranges. */
function idOf({ kind, index, name, byte = 0 }: RegisterRange): string {
  switch (kind) {
    case 'variable':
      return `MTRR${index}`;
    case 'fixed':
      return `${name.replace('IA32_MTRR_', '')}[${byte}]`;
    case 'default':
      return 'default';
    case 'tom2':
      return 'TOM2';
  }
}

/** Stretches of a mask with holes; undefined where there are too many to be drawn one by one. */
function fewStretches(range: RegisterRange): RegisterBar['stretches'] {
  const list: { start: number; end: number }[] = [];
  for (const stretch of range.stretches()) {
    if (list.length === MOST_STRETCHES) return undefined;
    list.push(stretch);
  }
  return list;
}

function barOf(range: RegisterRange, known: ReturnType<typeof knownRegisters>): RegisterBar {
  const { kind, type, isEnabled, hasHoles = false, pages, msrs, values } = range;
  const stretches = fewStretches(range);
  const evidence = known?.of(range);
  return {
    id: idOf(range),
    ...range.range,
    registers: msrs.map((msr, index) => ({
      name: msrName(msr),
      msr: hexText(msr),
      value: hexText(values[index]!),
    })),
    kind,
    type,
    isEnabled,
    hasHoles,
    ...(stretches && { stretches }),
    pages: Number(pages),
    ...(evidence && { known: knownOf(evidence) }),
  };
}

/**
 * The bars of a vCPU.
 *
 * @param id - of the vCPU; undefined: the first
 * @throws InputError where there is none of that id
 */
export function registerBars(opened: OpenedConfig, id: number | undefined): RegisterBars {
  const index = vcpuIndex(opened.vm, id === undefined ? undefined : String(id));
  const vcpu = opened.vm.vcpus[index]!.id;
  const known = knownRegisters(opened, vcpu);
  const ranges = registerRanges(vcpuOf(opened.vm, index));
  const default_ = ranges.find(({ kind }) => kind === 'default')!;
  return {
    vcpu,
    isEnabled: default_.isEnabled,
    isFixedEnabled: ranges.some(({ kind, isEnabled }) => kind === 'fixed' && isEnabled),
    defaultType: default_.type,
    bars: ranges.map((range) => barOf(range, known)),
  };
}
