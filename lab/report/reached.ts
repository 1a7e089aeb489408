/** What a run reached of all that it could: how often each kind of event, leaf and effect was among the steps that agree. */
import type { Policy } from '../../src/policy/index.ts';
import type { FollowedStep, ReplaySlot } from '../../src/replay/index.ts';
import { eptText } from '../../src/words.ts';
import type { Abilities, LabCase } from '../scenario/lab-case.ts';

/** A kind, and how often there was one. */
export interface Reached {
  readonly kind: string;
  readonly count: number;
  /** Whether there can be one, by the rules of this kernel and what is at hand. */
  readonly possible: boolean;
}

const BY = ['guest', 'VMM'] as const;
const TYPES = [0, 1, 4, 5, 6] as const;

const LARGE_MMIO = 'leaf 2M, host MMIO';
const WITH_DIRTY_LOG = 'leaf with dirty logging';
const OF_SYSTEM = "leaf of the guest's own tables and code";
/** Leaves by where they stand. */
const SHAPES: readonly string[] = ['4K', '2M'].flatMap((level) => [
  `leaf ${level}`,
  `leaf ${level}, read-only slot`,
  `leaf ${level}, host MMIO`,
]);
const PLACES: readonly string[] = [...SHAPES, WITH_DIRTY_LOG, OF_SYSTEM];

/** All kinds, in the order in which they are told. */
const KINDS: readonly string[] = [
  ...BY.flatMap((by) => [`WRMSR by the ${by}, taken`, `WRMSR by the ${by}, refused`]),
  ...BY.map((by) => `CR0.CD by the ${by}`),
  'DMA on',
  'DMA off',
  'quirk on',
  'quirk off',
  'slot added',
  'slot moved',
  'slot removed',
  'dirty logging on, eager split',
  'dirty logging on, no eager split',
  'dirty logging off',
  'access by the first vCPU',
  'access by another vCPU',
  ...SHAPES,
  'leaf 2M, NX huge pages',
  WITH_DIRTY_LOG,
  OF_SYSTEM,
  ...TYPES.map((type) => `leaf ${eptText(type, 0)}`),
  'leaf with IPAT',
  'leaf in the place of a table',
  'zap by an MTRR write',
  'zap by CR0.CD',
  'zap by DMA',
  'zap by a slot',
  'zap by dirty logging',
  'split by dirty logging',
  'split by a write',
  'drop of a large entry by a write',
  'recovery of a large entry',
];

const ZAPS = {
  mtrr: 'zap by an MTRR write',
  cr0cd: 'zap by CR0.CD',
  dma: 'zap by DMA',
  slot: 'zap by a slot',
  'dirty-log': 'zap by dirty logging',
  root: '',
} as const;

/** Kinds that there are none of under a kernel's rules, or for want of a device. */
function impossible(
  { flags, zaps, defaultQuirks }: Policy,
  { dma, largeMmio }: Abilities,
): readonly string[] {
  const never = (kinds: readonly string[], holds: boolean) => (holds ? kinds : []);
  const mtrr = ['zap by an MTRR write', ...[1, 4, 5].map((type) => `leaf ${eptText(type, 0)}`)];
  return [
    ...never(['DMA on', 'DMA off', 'zap by DMA'], !dma),
    ...never(['zap by DMA'], zaps?.dmaZap === 'none'),
    ...never(mtrr, !dma || flags.mtrr === 'none'),
    ...never(['zap by CR0.CD'], !dma || flags.cacheDisable === 'ignored'),
    ...never([LARGE_MMIO], !largeMmio),
    ...never(['quirk on', 'quirk off'], defaultQuirks.length === 0),
    ...never(['split by a write'], zaps?.largeWrite === 'drop'),
    ...never(['drop of a large entry by a write'], zaps?.largeWrite === 'split'),
    ...never(['recovery of a large entry'], zaps?.dirtyLogEnd === 'zap'),
    ...never(['zap by dirty logging'], zaps?.dirtyLogEnd === 'recover'),
  ];
}

function eventKind(step: FollowedStep, isEager: boolean): string | undefined {
  const { event, replayed } = step;
  const by = 'by' in event && event.by === 'vmm' ? 'VMM' : 'guest';
  switch (event.kind) {
    case 'wrmsr':
      return `WRMSR by the ${by}, ${replayed.verdict === '#GP' ? 'refused' : 'taken'}`;
    case 'cr0cd':
    case 'cr0':
      return `CR0.CD by the ${by}`;
    case 'dma':
      return `DMA ${event.on ? 'on' : 'off'}`;
    case 'quirk':
      return `quirk ${event.on ? 'on' : 'off'}`;
    case 'slot-add':
      return 'slot added';
    case 'slot-move':
      return 'slot moved';
    case 'slot-remove':
      return 'slot removed';
    case 'dirty-log':
      return event.on
        ? `dirty logging on, ${isEager ? 'eager split' : 'no eager split'}`
        : 'dirty logging off';
    case 'touch':
      return `access by ${event.vcpu === 0 ? 'the first' : 'another'} vCPU`;
    default:
      return undefined;
  }
}

function leafKind(slot: ReplaySlot | undefined, level: number): string {
  const name = level === 1 ? 'leaf 4K' : 'leaf 2M';
  if (slot && slot.mmio.length > 0) return `${name}, host MMIO`;
  return slot?.readonly ? `${name}, read-only slot` : name;
}

/** Kinds that a leaf is of by where it stands, on any processor. */
function placeKinds(one: LabCase, slot: ReplaySlot | undefined, level: number): readonly string[] {
  return [
    leafKind(slot, level),
    ...(slot?.dirtyLog ? [WITH_DIRTY_LOG] : []),
    ...(slot?.gfn === one.systemGfn ? [OF_SYSTEM] : []),
  ];
}

/** How often there was each of some kinds. */
class Counts {
  readonly #counts: Map<string, number>;

  constructor(kinds: readonly string[]) {
    this.#counts = new Map(kinds.map((kind) => [kind, 0]));
  }

  /** One more; a kind that is not told is none. */
  add(kind: string | undefined): void {
    const before = kind === undefined ? undefined : this.#counts.get(kind);
    if (before !== undefined) this.#counts.set(kind!, before + 1);
  }

  /** Every kind, those that there was none of too. */
  all(impossible: readonly string[]): readonly Reached[] {
    return [...this.#counts].map(([kind, count]) => ({ kind, count, possible: !impossible.includes(kind) }));
  }
}

/** Kinds of leaves of an AMD processor's tables, which have no types. */
export class NptKinds {
  readonly #counts = new Counts(PLACES);

  constructor(readonly abilities: Abilities) {}

  /** Takes a leaf that agrees. */
  leaf(one: LabCase, slot: ReplaySlot, level: number): void {
    for (const kind of placeKinds(one, slot, level)) this.#counts.add(kind);
  }

  get all(): readonly Reached[] {
    return this.#counts.all(this.abilities.largeMmio ? [] : [LARGE_MMIO]);
  }
}

/** Counts kinds. */
export class ReachedKinds {
  readonly #counts = new Counts(KINDS);

  /** @param policy - of the kernel */
  constructor(
    readonly policy: Policy,
    readonly abilities: Abilities,
  ) {}

  #leaf(one: LabCase, slot: ReplaySlot | undefined, leaf: FollowedStep['leaves'][number]): void {
    const { level, entry, replacesTable } = leaf;
    const counts = this.#counts;
    for (const kind of placeKinds(one, slot, level)) counts.add(kind);
    if (level > 1 && one.nxHugePages) counts.add('leaf 2M, NX huge pages');
    counts.add(`leaf ${eptText(Number((entry >> 3n) & 7n), 0)}`);
    if ((entry & 0x40n) !== 0n) counts.add('leaf with IPAT');
    if (replacesTable) counts.add('leaf in the place of a table');
  }

  /**
   * Takes a step that agrees.
   *
   * @param slots - as they are behind it
   */
  step(one: LabCase, step: FollowedStep, slots: readonly ReplaySlot[]): void {
    const counts = this.#counts;
    const isEager = one.eagerSplit ?? this.policy.zaps?.dirtyLogStart === 'split';
    counts.add(eventKind(step, isEager));
    for (const leaf of step.leaves) {
      const slot = slots.find(({ gfn, count }) => gfn <= leaf.gfn && leaf.gfn < gfn + count);
      this.#leaf(one, slot, leaf);
    }
    const { zap } = step.replayed;
    if (zap && zap.lost.entries > 0) counts.add(ZAPS[zap.reason]);
    const { split, recovered, dropped } = step.found;
    const isTouch = step.event.kind === 'touch';
    if (split > 0) counts.add(isTouch ? 'split by a write' : 'split by dirty logging');
    if (isTouch && dropped > 0 && step.leaves.length > 0) counts.add('drop of a large entry by a write');
    if (recovered > 0) counts.add('recovery of a large entry');
  }

  get all(): readonly Reached[] {
    return this.#counts.all(impossible(this.policy, this.abilities));
  }
}
