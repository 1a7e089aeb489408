/**
 * How another system comes to its type for a frame, by the rules of its row in policy/peers.ts: the ranges that cover
 * the frame in register order, and what each makes of the type before. Held against the engine's answer.
 */

import { requireObject, wrongKind } from '../arguments.ts';
import type { View } from '../engine/index.ts';
import { EptsweepError, InputRangeError } from '../errors.ts';
import { FIXED_END } from '../msr/index.ts';
import type { PeerRules } from '../policy/index.ts';
import { type MemoryType, type MtrrType, UC, UNDEFINED, WB, WP, WT } from '../types.ts';
import {
  type GuestRegisters,
  guestRegisters,
  hostCpu,
  requireRange,
  type VariableRegister,
} from '../vm/index.ts';
import { type ManualStory, manualStory, settle } from './manual.ts';
import {
  defaultMatch,
  fixedMatch,
  matchedStretch,
  matchesFrame,
  type RegisterMatch,
  tom2Match,
  variableMatch,
} from './matching.ts';
import { spanAt } from './span-at.ts';

/** A range that covers the frame. */
export interface PeerStep {
  readonly register: RegisterMatch;
  /** The type so far, behind this range; undefined while none counts. */
  readonly type: MemoryType | undefined;
  /** Whether the search ended here. */
  readonly isLast: boolean;
}

/** How a peer comes to its type. */
export interface PeerStory {
  readonly gfn: number;
  /** The answer; -1 where the peer has none. */
  readonly type: MtrrType;
  /**
   * `disabled`: DEF_TYPE.E=0; `fixed`: a fixed range; `first-mib`: the first MiB as a whole; `variable`: the steps;
   * `default`: no range counts; `tom2`: AMD's WB.
   */
  readonly rule: 'disabled' | 'fixed' | 'first-mib' | 'variable' | 'default' | 'tom2';
  /** What decides without steps. */
  readonly match: RegisterMatch | undefined;
  /** Ranges that cover the frame for this peer, in register order. */
  readonly steps: readonly PeerStep[];
  /** Numbers of the enabled variable ranges that do not cover it. */
  readonly misses: readonly number[];
  /** The manual's lookup, to compare. */
  readonly manual: ManualStory;
  /** What becomes of the type in an entry; undefined for a peer whose entry is of that type. */
  readonly entry: XenEntry | undefined;
}

/**
 * Xen's entry: `mmio`: a passed-through device's memory; `no-device`: no device is passed through; `merged`: the type
 * above with the host's.
 */
export interface XenEntry {
  readonly rule: 'mmio' | 'no-device' | 'merged';
  readonly type: MtrrType;
  readonly ipat: 0 | 1;
  /** The type that was merged in; undefined where it is not known, and taken to be the guest's. */
  readonly host?: HostLookup;
}

/** Xen's lookup of the host's own MTRRs for the frame behind. */
export interface HostLookup {
  readonly pfn: number;
  readonly type: MtrrType;
  /** Registers that cover the frame, in their order; the fixed range or the default where none does. */
  readonly matches: readonly RegisterMatch[];
}

function hostLookup(rules: PeerRules, vcpu: View['vcpu'], gfn: number): HostLookup | undefined {
  const host = hostCpu(vcpu);
  const slot = vcpu.slots.find((one) => one.gfn <= gfn && gfn < one.gfn + one.count);
  if (!host || !slot) return undefined;
  const pfn = slot.pfn + (gfn - slot.gfn);
  const { type, steps, match } = lookupOf(rules, guestRegisters(host), pfn);
  // The host's address bits are not stated: a mask that ends below the most that there can be has no holes for it.
  const matches = steps.map(({ register: { hasHoles: _, ...known } }) => known);
  return { pfn, type, matches: match ? [match] : matches };
}

/** Xen's `mm_type_tbl`: UC wins, WB yields, WT beside WP is WP, and WC goes with no other. */
function merged(guest: MtrrType, host: MtrrType): MtrrType {
  if (guest === host || host === WB) return guest;
  if (guest === WB) return host;
  return [guest, host].every((type) => type === WT || type === WP) ? WP : UC;
}

/** By xen/arch/x86/mm/p2m-ept.c, `epte_get_entry_emt`. */
function xenEntry(rules: PeerRules, vcpu: View['vcpu'], gfn: number, type: MtrrType): XenEntry {
  const { mmio, noncoherentDma } = vcpu;
  if (mmio.some(({ start, end }) => start <= gfn && gfn < end)) return { rule: 'mmio', type: UC, ipat: 0 };
  if (!noncoherentDma) return { rule: 'no-device', type: WB, ipat: 1 };
  const host = hostLookup(rules, vcpu, gfn);
  return { rule: 'merged', type: host ? merged(type, host.type) : type, ipat: 0, ...(host && { host }) };
}

/** The frames that a variable range covers for this peer, if `gfn` is among them. */
function coveredBy(
  { match }: PeerRules,
  pair: VariableRegister,
  gfn: number,
  registers: GuestRegisters,
): RegisterMatch | undefined {
  if (match === 'mask') {
    if (!matchesFrame(pair, gfn)) return undefined;
    return variableMatch(pair, matchedStretch(pair, gfn, registers), registers);
  }
  const mask = pair.mask >> 12n;
  const size = match === 'size-of-mask' ? BigInt(registers.frames) - mask : mask === 0n ? 0n : mask & -mask;
  const start = pair.base >> 12n;
  const end = start + size;
  if (BigInt(gfn) < start || BigInt(gfn) >= end) return undefined;
  const limit = BigInt(registers.frames);
  return variableMatch(pair, { start: Number(start), end: Number(end < limit ? end : limit) }, registers);
}

/** One range after another, as long as the peer looks. */
function* searched({ overlap }: PeerRules, matches: readonly RegisterMatch[]): Generator<PeerStep> {
  let type: MemoryType | undefined;
  for (const register of matches) {
    const next = register.type;
    const before = type;
    switch (overlap) {
      case 'hyperdbg':
        type = before !== UC && next === WT && before === WB ? WT : next;
        yield { register, type, isLast: before === UC };
        if (before === UC) return;
        continue;
      case 'uc-ends':
        type = next === WT && before === WB ? WT : next;
        break;
      case 'uc-or-nothing':
        type = next === UC ? UC : before;
        break;
      case 'lowest':
        type = before === undefined || next < before ? next : before;
        break;
      case 'manual-or-last':
      case 'wt-or-uc':
        // Order does not matter but for the last: the set that has met so far decides.
        type = setType(overlap, matches.slice(0, matches.indexOf(register) + 1));
        break;
    }
    const isLast = overlap === 'uc-ends' && next === UC;
    yield { register, type, isLast };
    if (isLast) return;
  }
}

function setType(overlap: 'manual-or-last' | 'wt-or-uc', matches: readonly RegisterMatch[]): MemoryType {
  const types = [...new Set(matches.map(({ type }) => type))];
  const { type } = settle(types);
  if (type !== UNDEFINED) return type as MemoryType;
  return overlap === 'manual-or-last' ? matches.at(-1)!.type : UC;
}

type Lookup = Omit<PeerStory, 'entry'>;

function lookupOf(rules: PeerRules, registers: GuestRegisters, gfn: number): Lookup {
  const bare = { gfn, steps: [], misses: [], match: undefined, manual: manualStory(registers, gfn) };
  if (!registers.isEnabled && rules.disabled !== 'not-looked-at') {
    const match = defaultMatch(registers);
    return { ...bare, rule: 'disabled', type: rules.disabled === 'uc' ? UC : UNDEFINED, match };
  }
  if (registers.isFixedEnabled && gfn < FIXED_END) {
    const match = fixedMatch(registers, gfn);
    if (rules.fixed === 'all-uc') return { ...bare, rule: 'first-mib', type: UC, match: undefined };
    if (rules.fixed === 'applied' || match.type === UC)
      return { ...bare, rule: 'fixed', type: match.type, match };
  }
  const { forcedWb } = registers;
  if (rules.tom2 === 'wins' && forcedWb && forcedWb.start <= gfn && gfn < forcedWb.end) {
    return { ...bare, rule: 'tom2', type: WB, match: tom2Match(forcedWb) };
  }
  const enabled = registers.variable.filter((pair) => pair.isEnabled);
  const matches = enabled.flatMap((pair) => coveredBy(rules, pair, gfn, registers) ?? []);
  const misses = enabled
    .filter(({ index }) => !matches.some((match) => match.index === index))
    .map(({ index }) => index);
  const steps = [...searched(rules, matches)];
  const type = steps.at(-1)?.type;
  if (type !== undefined) return { ...bare, rule: 'variable', type, steps, misses };
  const match = defaultMatch(registers);
  return { ...bare, rule: 'default', type: match.type, steps, misses, match };
}

/**
 * How a peer comes to the type of a frame.
 *
 * @param view - a vCPU under a peer's policy, opened by an evaluator
 * @param gfn - guest frame number
 * @returns the story, as data
 * @throws InputError where the policy is no peer's or the frame lies outside the guest's space; EptsweepError
 * `internal` where what is told is not what the engine answers
 * @example
 * const guest = vcpu({ maxphyaddr: 36, msrs: { 0x2ff: 0x806n } });
 * explainPeer(createEvaluatorSync().view(guest, policy('peer-xen')), 0x100).rule; // 'default'
 */
export function explainPeer(view: View, gfn: number): PeerStory {
  requireObject('view', view, 'a view that an evaluator opened');
  if (typeof gfn !== 'number') throw wrongKind('gfn', 'a guest frame number', gfn);
  const { peer, name, flags } = view.policy;
  if (!peer) throw new InputRangeError('policy', `expected a peer's policy, got ${name}`);
  const range = { start: gfn, end: gfn + 1 };
  requireRange({ range }, view.vcpu);
  const lookup = lookupOf(peer, guestRegisters(view.vcpu), gfn);
  const entry = flags.ept === 'xen' ? xenEntry(peer, view.vcpu, gfn, lookup.type) : undefined;
  const answered = spanAt(view, 'mtrr', gfn).type;
  const { type, ipat } = spanAt(view, 'ept', gfn);
  const told = entry ?? { type: lookup.type, ipat: 0 };
  if (answered !== lookup.type || type !== told.type || ipat !== told.ipat) {
    const place = `explain of gfn 0x${gfn.toString(16)}`;
    throw new EptsweepError(
      'internal',
      `${place} says type ${lookup.type} under ${name}, the engine ${answered}: please report this`,
    );
  }
  return { ...lookup, entry };
}
