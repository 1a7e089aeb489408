/** What every rule works on: the state that most vCPUs are in, opened under the manual's rules. */
import type { Evaluator, View } from '../engine/index.ts';
import { msrName } from '../msr/index.ts';
import { policy } from '../policy/index.ts';
import { clipped } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import {
  frameCount,
  type GuestRegisters,
  guestRegisters,
  type VariableRegister,
  type Vcpu,
  type VcpuGroup,
  validRanges,
  vcpuGroups,
  vcpuOf,
  withoutHost,
} from '../vm/index.ts';
import { listed } from '../words.ts';
import type { Cause } from './finding.ts';
import type { CheckInput, MemoryMap } from './input.ts';

/** Opens a vCPU, by its position, under the manual's rules. */
export type Opener = (index: number) => View;

/** A map without what lies beyond the machine's address space. */
function mapWithin({ ram, described, mmio }: MemoryMap, frames: number): MemoryMap {
  const inside = <R extends GfnRange>(ranges: readonly R[]) => clipped(ranges, { start: 0, end: frames });
  return { ram: ram && inside(ram), described: inside(described), mmio: inside(mmio) };
}

/** An input with an engine. */
export class CheckContext {
  readonly input: CheckInput;
  readonly evaluator: Evaluator;
  /** vCPUs by state, the largest group first. */
  readonly groups: readonly VcpuGroup[];
  /** Position of the vCPU that stands for the largest group. */
  readonly index: number;
  /** As if nothing were known of its host, of which the manual's rules say nothing. */
  readonly vcpu: Vcpu;
  readonly view: View;
  readonly registers: GuestRegisters;
  readonly #open: Opener;

  /** @param like - a context of the same input, and another vCPU than the one that stands for its largest group */
  constructor(
    input: CheckInput,
    evaluator: Evaluator,
    open: Opener,
    like?: { readonly context: CheckContext; readonly index: number },
  ) {
    this.input = like?.context.input ?? {
      ...input,
      memory: mapWithin(input.memory, frameCount(input.vm.maxphyaddr)),
    };
    this.evaluator = evaluator;
    this.#open = open;
    this.groups =
      like?.context.groups ?? [...vcpuGroups(input.vm)].sort((a, b) => b.indexes.length - a.indexes.length);
    this.index = like?.index ?? this.groups[0]!.indexes[0]!;
    this.vcpu = withoutHost(vcpuOf(input.vm, this.index));
    this.view = open(this.index);
    this.registers = guestRegisters(this.vcpu);
  }

  /** Another vCPU of the VM; dispose of it when done. */
  open(index: number): View {
    return this.#open(index);
  }

  /** A vCPU that is not the VM's, under the manual's rules; dispose of it when done. */
  openChanged(vcpu: Vcpu): View {
    return this.evaluator.view(vcpu, policy('sdm'));
  }

  /** Variable ranges that are on. */
  get valid(): readonly VariableRegister[] {
    return validRanges(this.registers);
  }

  /** A register as a cause, with the value that the given vCPU holds. */
  cause(msr: number, index: number = this.index, value?: bigint): Cause {
    const set = this.input.settingOf?.(index, msr);
    const at = set === undefined ? this.input.placeOf?.(index, msr) : undefined;
    return {
      register: msrName(msr),
      msr,
      value: value ?? this.registers.values.get(msr) ?? 0n,
      ...(at && { at }),
      ...(set !== undefined && { set }),
    };
  }

  /** The pair of registers of a variable range. */
  pairCauses({ baseMsr, maskMsr }: VariableRegister): readonly Cause[] {
    return [this.cause(baseMsr), this.cause(maskMsr)];
  }
}

/** `#1 and #3`. */
export function numbersOf(pairs: readonly VariableRegister[]): string {
  return listed(pairs.map(({ index }) => `#${index}`));
}

/** `variable range #1`, `variable ranges #1 and #3`. */
export function rangesText(pairs: readonly VariableRegister[]): string {
  return `variable ${pairs.length === 1 ? 'range' : 'ranges'} ${numbersOf(pairs)}`;
}
