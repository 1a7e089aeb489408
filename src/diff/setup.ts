/** What decides an answer, taken apart into the single changes that lead from one side of a diff to the other. */
import { msrName, resetValue, variableIndex } from '../msr/index.ts';
import type { Vendor } from '../policy/index.ts';
import type { Want } from '../types.ts';
import { frameCount, registerValues, type Vcpu, withRegisters } from '../vm/index.ts';
import { hexText } from '../words.ts';
import type { Change, Setup } from './change.ts';
import { policyChanges } from './policy-changes.ts';

/** Registers that differ; base and mask of a variable range change together. */
function registerChanges(a: Vcpu, b: Vcpu): Change[] {
  const [left, right] = [registerValues(a), registerValues(b)];
  const groups = new Map<string, number[]>();
  for (const msr of [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y)) {
    const index = variableIndex(msr);
    const name = index === undefined ? msrName(msr) : `variable range ${index}`;
    groups.set(name, [...(groups.get(name) ?? []), msr]);
  }
  const value = (values: Map<number, bigint>, msr: number) => values.get(msr) ?? resetValue(msr);
  return [...groups]
    .filter(([, msrs]) => msrs.some((msr) => value(left, msr) !== value(right, msr)))
    .map(([name, msrs]) => ({
      kind: 'register' as const,
      name,
      text: () =>
        msrs
          .filter((msr) => value(left, msr) !== value(right, msr))
          .map((msr) => `${msrName(msr)} ${hexText(value(left, msr))} -> ${hexText(value(right, msr))}`)
          .join(', '),
      apply: (setup: Setup): Setup => {
        const writes = registerValues(setup.vcpu);
        for (const msr of msrs) {
          const taken = right.get(msr);
          if (taken === undefined) writes.delete(msr);
          else writes.set(msr, taken);
        }
        return { ...setup, vcpu: withRegisters(setup.vcpu, writes) };
      },
    }));
}

type SwitchKey = 'cr0cd' | 'guestHasMtrr' | 'noncoherentDma' | 'selfSnoop' | 'vendor' | 'quirks' | 'vcnt';
const SWITCHES: readonly (readonly [SwitchKey, string])[] = [
  ['cr0cd', 'CR0.CD'],
  ['guestHasMtrr', 'CPUID MTRR'],
  ['noncoherentDma', 'non-coherent DMA'],
  ['selfSnoop', 'self-snoop'],
  ['vendor', 'host'],
  ['quirks', 'quirks'],
  ['vcnt', 'VCNT'],
];

function switchText(value: boolean | number | Vendor | readonly string[] | undefined): string {
  if (value === undefined) return 'default';
  if (typeof value === 'string') return value === 'amd' ? 'AMD' : 'Intel';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'number' ? `${value}` : value.join('+') || 'none';
}

function switchChanges(a: Vcpu, b: Vcpu): Change[] {
  return SWITCHES.filter(([key]) => switchText(a[key]) !== switchText(b[key])).map(([key, name]) => ({
    kind: 'switch',
    name,
    text: () => `${name} ${switchText(a[key])} -> ${switchText(b[key])}`,
    apply: (setup) => ({ ...setup, vcpu: { ...setup.vcpu, [key]: b[key] } }),
  }));
}

type MemoryKey = 'slots' | 'mmio' | 'hostMsrs';

function shown(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? hexText(part) : part));
}

function memoryChanges(a: Vcpu, b: Vcpu): Change[] {
  const differs = (key: MemoryKey): boolean => shown(a[key]) !== shown(b[key]);
  const change = (key: MemoryKey, name: string, text: string): Change => ({
    kind: 'memory',
    name,
    text: () => text,
    apply: (setup) => ({ ...setup, vcpu: { ...setup.vcpu, [key]: b[key] } }),
  });
  return [
    ...(differs('slots') ? [change('slots', 'slots', 'the memory slots differ')] : []),
    ...(differs('mmio') ? [change('mmio', 'MMIO', 'the ranges that the host backs by MMIO differ')] : []),
    ...(differs('hostMsrs') ? [change('hostMsrs', "host's MTRRs", "the host's own MTRRs differ")] : []),
  ];
}

/**
 * Everything in which two setups differ. All changes applied to `a` give a setup that answers as `b` does, if
 * both have one address width.
 *
 * @param want - what is asked
 */
export function changesBetween(a: Setup, b: Setup, want: Want): readonly Change[] {
  if (frameCount(a.vcpu.maxphyaddr) !== frameCount(b.vcpu.maxphyaddr)) return [];
  return [
    ...policyChanges(a, b, want),
    ...registerChanges(a.vcpu, b.vcpu),
    ...switchChanges(a.vcpu, b.vcpu),
    ...memoryChanges(a.vcpu, b.vcpu),
  ];
}
