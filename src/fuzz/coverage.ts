/**
 * Which rules of the domain a run went through, and which it never reached: a run that says nothing about a
 * rule proves nothing about it. Told by `explain` for sampled pages, so that no rule is known here.
 */

import type { WrmsrFault } from '../errors.ts';
import type { Explanation, LevelObstacle } from '../explain/index.ts';
import { isBaseMsr, isFixedMsr, isVariableMsr, MSR_DEF_TYPE, MSR_PAT } from '../msr/index.ts';
import { PEER_NAMES, type Policy } from '../policy/index.ts';
import { MEMORY_TYPES, type MemoryType, PAT_TYPES, typeName, UC, UC_MINUS, WB, WT } from '../types.ts';

/** A rule, and how often it was met: once a sampled page, or once a refused write. */
export interface RuleCount {
  readonly rule: string;
  readonly count: number;
}

const PAIRS = MEMORY_TYPES.flatMap((a) => MEMORY_TYPES.filter((b) => b !== a).map((b) => [a, b] as const));
const BELOW_UC = MEMORY_TYPES.filter((type) => type !== UC);

function names(types: readonly number[]): string {
  return types.map(typeName).join('+');
}

/** Overlaps of two types, neither UC, that the manual leaves undefined. */
const UNDEFINED_PAIRS = BELOW_UC.flatMap((a) => BELOW_UC.filter((b) => b > a).map((b) => [a, b])).filter(
  ([a, b]) => !(a === WT && b === WB),
);

/** KVM's fold of two types, the first from the higher base. */
function foldRule(before: MemoryType, next: MemoryType): string {
  return `fold: ${typeName(before)} then ${typeName(next)}`;
}

const OBSTACLES: readonly string[] = [
  'slot-edge',
  'slot-max-level',
  'not-congruent',
  'mmio-mixed',
  'mmio-4k',
  'types-differ',
  'types-differ, undefined',
  'types-mixed',
  'types-mixed, false alarm',
  'gap',
  'gap, false alarm',
];

/** Every rule that is counted, in the order of the domain. */
export const RULES: readonly string[] = [
  'manual: MTRRs disabled',
  'manual: fixed range',
  'manual: no range matches',
  'manual: WB above 4 GiB by TOM2',
  'manual: one type',
  'manual: one type, several ranges',
  ...BELOW_UC.map((type) => `manual: UC over ${typeName(type)}`),
  'manual: WT over WB',
  ...UNDEFINED_PAIRS.map((pair) => `manual: undefined ${names(pair)}`),
  'manual: undefined, three types or more',
  'manual: mask with holes matches',
  'manual: mask 0 matches',
  'manual: base bits below the mask',
  'manual: more than 10 enabled ranges',
  'fold: MTRRs disabled, UC',
  'fold: MTRRs disabled, no CPUID MTRR, WB',
  'fold: fixed range',
  'fold: no range touches',
  'fold: one range',
  'fold: same type again',
  ...PAIRS.map(([before, next]) => foldRule(before, next)),
  'fold: UC is never seen',
  'fold: hole of a mask filled',
  'fold: unaligned base',
  'ept: MTRR type as it is',
  'ept: host MMIO',
  ...['always', 'self-snoop', 'no-self-snoop', 'quirk-on', 'quirk-off', 'quirk-stuck-without-self-snoop'].map(
    (reason) => `ept: no non-coherent DMA, IPAT ${reason}`,
  ),
  'ept: CD=1, WB with IPAT',
  'ept: CD=1, WB',
  'ept: CD=1, UC with IPAT',
  'ept: CD=1 ignored',
  'ept: guest MTRR',
  'ept: guest MTRRs not used',
  'ept: none, nested page tables',
  'effective: IPAT, EPT type alone',
  'effective: CD=1, UC',
  'effective: undefined',
  'effective: AMD, CD=1, UC',
  'effective: AMD, type of the guest PAT',
  'effective: AMD, UC- is UC',
  'effective: AMD, UC- over a host MTRR of WC',
  ...MEMORY_TYPES.flatMap((type) =>
    PAT_TYPES.map((pat) => `effective: ${typeName(type)} x PAT ${typeName(pat)}`),
  ),
  'level: not mapped',
  'level: 4K',
  'level: 2M',
  'level: 1G',
  ...OBSTACLES.map((kind) => `level: ${kind}`),
  'level: MTRRs not asked',
  'leaf: architectural',
  'leaf: KVM 4.7',
  'leaf: KVM 5.4',
  'leaf: KVM',
  'leaf: KVM with suppress-#VE',
  'leaf: KVM 7.2',
  'leaf: nested',
  'leaf: read-only slot',
  'leaf: large page',
  'leaf: undefined type',
  'wrmsr: DEF_TYPE refused',
  'wrmsr: base refused',
  'wrmsr: mask refused',
  'wrmsr: fixed register refused',
  'wrmsr: PAT refused',
  'wrmsr: no such register',
  ...PEER_NAMES.map((name) => `lookup of ${name}`),
];

function* manualRules({ manual, registers }: Explanation): Generator<string> {
  switch (manual.rule) {
    case 'disabled':
      return yield 'manual: MTRRs disabled';
    case 'fixed':
      return yield 'manual: fixed range';
    case 'default':
      return yield 'manual: no range matches';
    case 'tom2':
      return yield 'manual: WB above 4 GiB by TOM2';
    case 'variable':
  }
  if (registers.variable.filter((pair) => pair.isEnabled).length > 10) {
    yield 'manual: more than 10 enabled ranges';
  }
  for (const match of manual.matches) {
    if (match.hasHoles) yield 'manual: mask with holes matches';
    if (match.mask === 0n) yield 'manual: mask 0 matches';
    if (((match.base ?? 0n) & ~(match.mask ?? 0n)) !== 0n) yield 'manual: base bits below the mask';
  }
  const { types } = manual;
  switch (manual.precedence) {
    case 'one-type':
      return yield manual.matches.length > 1 ? 'manual: one type, several ranges' : 'manual: one type';
    case 'uc-wins':
      for (const type of types) if (type !== UC) yield `manual: UC over ${typeName(type)}`;
      return;
    case 'wt-over-wb':
      return yield 'manual: WT over WB';
    default:
      yield types.length > 2 ? 'manual: undefined, three types or more' : `manual: undefined ${names(types)}`;
  }
}

function* foldRules({ gfn, kvm, vcpu }: Explanation): Generator<string> {
  if (!kvm) return;
  switch (kvm.rule) {
    case 'disabled':
      return yield vcpu.guestHasMtrr ? 'fold: MTRRs disabled, UC' : 'fold: MTRRs disabled, no CPUID MTRR, WB';
    case 'fixed':
      return yield 'fold: fixed range';
    case 'default':
      return yield 'fold: no range touches';
    case 'fold':
  }
  if (kvm.steps.length + kvm.unseen.length === 1) yield 'fold: one range';
  for (const [index, { rule, register }] of kvm.steps.entries()) {
    if (rule === 'same') yield 'fold: same type again';
    else if (index > 0) yield foldRule(kvm.steps[index - 1]!.type, register.type);
    const { base = 0n, mask = 0n, hasHoles } = register;
    const misses = ((BigInt(gfn) << 12n) & mask) !== (base & mask);
    if (hasHoles && misses) yield 'fold: hole of a mask filled';
    if ((base & ~mask) !== 0n) yield 'fold: unaligned base';
  }
  if (kvm.unseen.some((register) => register.type === UC)) yield 'fold: UC is never seen';
}

function* eptRules({ ept, vcpu, policy }: Explanation): Generator<string> {
  const last = ept.steps.at(-1)!;
  const cdIgnored = ept.steps.some((step) => step.question === 'cr0-cd' && !step.applies && vcpu.cr0cd);
  if (cdIgnored && policy.flags.cacheDisable === 'ignored') yield 'ept: CD=1 ignored';
  switch (last.question) {
    case 'nested':
      return yield 'ept: none, nested page tables';
    case 'identity':
      return yield 'ept: MTRR type as it is';
    case 'host-mmio':
      return yield 'ept: host MMIO';
    case 'no-noncoherent-dma':
      return yield `ept: no non-coherent DMA, IPAT ${last.patReason}`;
    case 'cr0-cd':
      return yield `ept: CD=1, ${typeName(ept.type)}${ept.ipat === 1 ? ' with IPAT' : ''}`;
    case 'guest-mtrr':
      return yield 'ept: guest MTRR';
    case 'otherwise':
      yield 'ept: guest MTRRs not used';
  }
}

function nestedRule({ access, answer, pat }: Explanation): string {
  if (access.rule === 'cr0-cd') return 'effective: AMD, CD=1, UC';
  if (pat !== UC_MINUS) return 'effective: AMD, type of the guest PAT';
  return answer.effective === UC ? 'effective: AMD, UC- is UC' : 'effective: AMD, UC- over a host MTRR of WC';
}

function effectiveRule(explanation: Explanation): string {
  const { ept, vcpu, policy, pat } = explanation;
  if (vcpu.vendor === 'amd') return nestedRule(explanation);
  if (policy.flags.ept === 'identity' && vcpu.cr0cd) return 'effective: CD=1, UC';
  if (ept.type === -1) return 'effective: undefined';
  if (ept.ipat === 1) return 'effective: IPAT, EPT type alone';
  return `effective: ${typeName(ept.type)} x PAT ${typeName(pat)}`;
}

function obstacleName(obstacle: LevelObstacle): string {
  if (obstacle.kind === 'types-differ') {
    return obstacle.type === -1 || obstacle.other === -1 ? 'types-differ, undefined' : 'types-differ';
  }
  return 'isFalseAlarm' in obstacle && obstacle.isFalseAlarm
    ? `${obstacle.kind}, false alarm`
    : obstacle.kind;
}

const LEVELS = ['not mapped', '4K', '2M', '1G'] as const;
const LEAVES = {
  architectural: 'leaf: architectural',
  'kvm-4.7': 'leaf: KVM 4.7',
  'kvm-5.4': 'leaf: KVM 5.4',
  kvm: 'leaf: KVM',
  'kvm-suppress-ve': 'leaf: KVM with suppress-#VE',
  'kvm-7.2': 'leaf: KVM 7.2',
} as const;

function* leafRules({ level, entry, ept, policy, vcpu }: Explanation): Generator<string> {
  yield `level: ${LEVELS[level.level]}`;
  for (const { obstacles } of level.tries) {
    for (const obstacle of obstacles) yield `level: ${obstacleName(obstacle)}`;
  }
  if (policy.flags.levelCheck !== 'one-type' && !level.asksMtrr) yield 'level: MTRRs not asked';
  if (!entry) return;
  yield vcpu.vendor === 'amd' ? 'leaf: nested' : LEAVES[policy.flags.leaf];
  if (level.slot?.readonly) yield 'leaf: read-only slot';
  if (level.level > 1) yield 'leaf: large page';
  if (ept.type === -1) yield 'leaf: undefined type';
}

function wrmsrRule({ msr }: WrmsrFault): string {
  if (msr === MSR_DEF_TYPE) return 'wrmsr: DEF_TYPE refused';
  if (msr === MSR_PAT) return 'wrmsr: PAT refused';
  if (isFixedMsr(msr)) return 'wrmsr: fixed register refused';
  if (!isVariableMsr(msr)) return 'wrmsr: no such register';
  return isBaseMsr(msr) ? 'wrmsr: base refused' : 'wrmsr: mask refused';
}

/** Counts rules. */
export class Coverage {
  readonly #counts = new Map<string, number>(RULES.map((rule) => [rule, 0]));

  #add(rules: Iterable<string>): void {
    for (const rule of new Set(rules)) this.#counts.set(rule, (this.#counts.get(rule) ?? 0) + 1);
  }

  /** A page whose rules were told. The manual's rules count only where the policy's answer hangs on them. */
  addPage(explanation: Explanation): void {
    const isManual = explanation.policy.flags.mtrr === 'architectural';
    this.#add([
      ...(isManual ? manualRules(explanation) : []),
      ...foldRules(explanation),
      ...eptRules(explanation),
      effectiveRule(explanation),
      ...leafRules(explanation),
    ]);
  }

  /** A page whose type was asked of a peer, whose rules are not told. */
  addPeer({ name }: Policy): void {
    this.#add([`lookup of ${name}`]);
  }

  /** A write that was refused. */
  addRefusal(fault: WrmsrFault): void {
    this.#add([wrmsrRule(fault)]);
  }

  /** All rules with their counts, in the order of the domain. */
  counts(): readonly RuleCount[] {
    return [...this.#counts].map(([rule, count]) => ({ rule, count }));
  }
}
