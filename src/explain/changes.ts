/**
 * Every single change to a vCPU, its VM, its host or its kernel that could alter an answer. Nothing is left out
 * because a rule is believed not to read it: what a change does is computed (what-if.ts), not known here.
 */
import {
  DEF_TYPE_E,
  DEF_TYPE_FE,
  FIXED_REGISTERS,
  MASK_V,
  MSR_DEF_TYPE,
  MSR_SYSCFG,
  MSR_TOP_MEM2,
  SYSCFG_TOM2_ENABLE,
  SYSCFG_TOM2_FORCE_WB,
} from '../msr/index.ts';
import { POLICY_NAMES, type Policy, policy as policyNamed, QUIRKS, type Quirk } from '../policy/index.ts';
import { joined, regionOf } from '../ranges.ts';
import type { GfnRange } from '../types.ts';
import { guestRegisters, quirksOf, type Vcpu } from '../vm/index.ts';
import { hasQuirk } from './branch.ts';

/** A bit that is toggled, by the manual's name. */
export type RegisterBit = 'DEF_TYPE.E' | 'DEF_TYPE.FE' | 'SYSCFG.MtrrTom2En' | 'SYSCFG.Tom2ForceMemTypeWB';

/** What is changed. `on` is the state after the change. */
export type Change =
  | { readonly kind: 'quirk'; readonly quirk: Quirk; readonly on: boolean }
  | { readonly kind: 'noncoherent-dma'; readonly on: boolean }
  | { readonly kind: 'self-snoop'; readonly on: boolean }
  | { readonly kind: 'cr0-cd'; readonly on: boolean }
  | { readonly kind: 'guest-has-mtrr'; readonly on: boolean }
  /** V of a PHYSMASKn. A pair with V clear is tried enabled if its mask was written. */
  | { readonly kind: 'variable-range'; readonly index: number; readonly on: boolean }
  | { readonly kind: 'register-bit'; readonly bit: RegisterBit; readonly msr: number; readonly on: boolean }
  /** A fixed-range register or TOP_MEM2, as if it were never written: 0. */
  | { readonly kind: 'register-reset'; readonly msr: number }
  /** The frame becomes host MMIO, or a whole range of host MMIO becomes RAM. */
  | { readonly kind: 'host-mmio'; readonly range: GfnRange; readonly on: boolean }
  | { readonly kind: 'policy'; readonly name: string }
  /** Of a VM on an AMD host: the same on an Intel host. */
  | { readonly kind: 'vendor'; readonly vendor: 'intel' }
  /** The page is faulted in by another vCPU; `ids` are all that are in that state. */
  | { readonly kind: 'vcpu'; readonly ids: readonly number[] };

/** A change and the vCPU and policy after it. */
export interface Variant {
  readonly change: Change;
  readonly vcpu: Vcpu;
  readonly policy: Policy;
}

/** A vCPU of the same VM whose state differs. */
export interface Sibling {
  readonly ids: readonly number[];
  readonly vcpu: Vcpu;
}

/**
 * Policies that are tried: the rows of the table, and 6.0, from which on the MTRRs limit the level only where
 * they are used (d5e90a699858), a difference of flags inside a row.
 */
const KERNELS: readonly string[] = POLICY_NAMES.flatMap((name) =>
  name === 'kvm-6.7' ? ['kvm-6.0', name] : [name],
);

/** A register with a new value, and nothing else changed. */
function withRegister(vcpu: Vcpu, msr: number, value: bigint): Vcpu {
  return { ...vcpu, msrs: [...vcpu.msrs.filter((write) => write.msr !== msr), { msr, value }] };
}

function* registerChanges(vcpu: Vcpu): Generator<readonly [Change, Vcpu]> {
  const { values, variable } = guestRegisters(vcpu);
  const held = (msr: number) => values.get(msr) ?? 0n;
  for (const { index, maskMsr, rawMask, isEnabled, mask } of variable) {
    if (!isEnabled && mask === 0n) continue;
    const change: Change = { kind: 'variable-range', index, on: !isEnabled };
    yield [change, withRegister(vcpu, maskMsr, rawMask ^ MASK_V)];
  }
  const bits: (readonly [RegisterBit, number, bigint])[] = [
    ['DEF_TYPE.E', MSR_DEF_TYPE, DEF_TYPE_E],
    ['DEF_TYPE.FE', MSR_DEF_TYPE, DEF_TYPE_FE],
  ];
  if (values.has(MSR_SYSCFG) || values.has(MSR_TOP_MEM2)) {
    bits.push(['SYSCFG.MtrrTom2En', MSR_SYSCFG, SYSCFG_TOM2_ENABLE]);
    bits.push(['SYSCFG.Tom2ForceMemTypeWB', MSR_SYSCFG, SYSCFG_TOM2_FORCE_WB]);
  }
  for (const [bit, msr, weight] of bits) {
    const changed = held(msr) ^ weight;
    yield [
      { kind: 'register-bit', bit, msr, on: (changed & weight) !== 0n },
      withRegister(vcpu, msr, changed),
    ];
  }
  for (const msr of [...FIXED_REGISTERS.map((register) => register.msr), MSR_TOP_MEM2]) {
    if (held(msr) !== 0n) yield [{ kind: 'register-reset', msr }, withRegister(vcpu, msr, 0n)];
  }
}

function* mmioChanges(vcpu: Vcpu, gfn: number): Generator<readonly [Change, Vcpu]> {
  const { mmio } = vcpu;
  if (!mmio.some(({ start, end }) => start <= gfn && gfn < end)) {
    const range = { start: gfn, end: gfn + 1 };
    yield [
      { kind: 'host-mmio', range, on: true },
      { ...vcpu, mmio: joined([...mmio, range]) },
    ];
  }
  // No leaf reaches beyond 1 GiB, so that MMIO elsewhere cannot matter to this frame.
  const largest = regionOf(gfn, 3);
  for (const range of mmio) {
    if (range.start >= largest.end || range.end <= largest.start) continue;
    yield [
      { kind: 'host-mmio', range, on: false },
      { ...vcpu, mmio: mmio.filter((other) => other !== range) },
    ];
  }
}

function* switchChanges(vcpu: Vcpu, policy: Policy): Generator<readonly [Change, Vcpu]> {
  const quirks = quirksOf(vcpu, policy);
  for (const quirk of QUIRKS) {
    const on = !hasQuirk({ vcpu, policy }, quirk);
    // Whatever its VMM asks for, KVM keeps it off there.
    if (vcpu.confidential && quirk === 'ignore-guest-pat') continue;
    const changed = on ? [...quirks, quirk] : quirks.filter((other) => other !== quirk);
    yield [
      { kind: 'quirk', quirk, on },
      { ...vcpu, quirks: changed },
    ];
  }
  const { noncoherentDma, selfSnoop, cr0cd, guestHasMtrr } = vcpu;
  yield [
    { kind: 'noncoherent-dma', on: !noncoherentDma },
    { ...vcpu, noncoherentDma: !noncoherentDma },
  ];
  if (!vcpu.confidential) {
    yield [
      { kind: 'self-snoop', on: !selfSnoop },
      { ...vcpu, selfSnoop: !selfSnoop },
    ];
  }
  yield [
    { kind: 'cr0-cd', on: !cr0cd },
    { ...vcpu, cr0cd: !cr0cd },
  ];
  yield [
    { kind: 'guest-has-mtrr', on: !guestHasMtrr },
    { ...vcpu, guestHasMtrr: !guestHasMtrr },
  ];
}

/**
 * Every single change, in the order in which it is told.
 *
 * @param gfn - the frame that is explained
 * @param siblings - the VM's vCPUs in other states
 */
export function* singleChanges(
  vcpu: Vcpu,
  policy: Policy,
  gfn: number,
  siblings: readonly Sibling[],
): Generator<Variant> {
  for (const [change, changed] of switchChanges(vcpu, policy)) yield { change, vcpu: changed, policy };
  for (const [change, changed] of registerChanges(vcpu)) yield { change, vcpu: changed, policy };
  for (const [change, changed] of mmioChanges(vcpu, gfn)) yield { change, vcpu: changed, policy };
  if (vcpu.vendor !== 'intel' && !vcpu.confidential) {
    yield { change: { kind: 'vendor', vendor: 'intel' }, vcpu: { ...vcpu, vendor: 'intel' }, policy };
  }
  for (const name of KERNELS) {
    const other = policyNamed(name);
    if (name === policy.name || !other.traits.vendors.includes(vcpu.vendor)) continue;
    if (vcpu.confidential && other.flags.ignorePat !== 'quirk') continue;
    yield { change: { kind: 'policy', name }, vcpu, policy: other };
  }
  for (const sibling of siblings) {
    yield { change: { kind: 'vcpu', ids: sibling.ids }, vcpu: sibling.vcpu, policy };
  }
}
