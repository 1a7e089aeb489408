/** Golden rows about pages: what every engine answers, with the rule that gives it. */
import type { Evaluator, View } from '../engine/index.ts';
import { explain } from '../explain/index.ts';
import { edgesOf, generateCase, Random, type Seed } from '../fuzz/index.ts';
import { type Policy, wantsOf } from '../policy/index.ts';
import type { Level, MtrrType, SpanOf, Want } from '../types.ts';
import { frameCount, type Vcpu, vcpu } from '../vm/index.ts';
import type { RuleId } from './rules.ts';
import { settledAnswer } from './settled.ts';

/** Layouts that tables are made of. */
export const LAYOUT_KINDS = [
  'typical',
  'aligned',
  'overlapping',
  'odd-base',
  'holes',
  'many-ranges',
  'slots',
  'mmio',
  'tom2',
] as const;
/** One of {@link LAYOUT_KINDS}. */
export type LayoutKind = (typeof LAYOUT_KINDS)[number];

/** One page of a layout. */
export interface PageRow {
  /** Guest frame number. */
  readonly gfn: number;
  /** What the MTRRs give, -1 where undefined; left out where the policy does not look at them. */
  readonly mtrr?: MtrrType;
  /** Bits 5:3 of the entry, -1 where undefined. */
  readonly type: MtrrType;
  /** Bit 6 of the entry. */
  readonly ipat: 0 | 1;
  /** Level of the leaf and its entry, of policies that map: null where no type is defined, 0n where nothing is mapped. */
  readonly leaf?: { readonly level: Level; readonly entry: bigint | null };
  /** The rule of the MTRRs, where these decide the entry. */
  readonly mtrrRule?: RuleId;
  /** The rule of the entry. */
  readonly rule: RuleId;
}

/** A layout with its rows. */
export interface PageTable {
  /** Position in the run; with the seed it makes the layout again. */
  readonly index: number;
  readonly kind: LayoutKind;
  readonly vcpu: Vcpu;
  /** Ascending by frame. */
  readonly rows: readonly PageRow[];
}

/** What tables are made from. */
export interface TableOptions {
  readonly seed: Seed;
  readonly policy: Policy;
  /** Each is asked; they must agree. */
  readonly evaluators: readonly Evaluator[];
}

/** Streams of random numbers apart from those that make layouts. */
const FRAMES_STREAM = 2n ** 61n;
/** Frames that belong to no edge. */
const ANYWHERE = 3;

/** The kinds that say something under a policy: only KVM has slots and MMIO, only others know TOP_MEM2 or many ranges. */
export function kindsOf({ traits, flags }: Policy): readonly LayoutKind[] {
  const isKvm = flags.ept === 'kvm';
  return LAYOUT_KINDS.filter((kind) => {
    if (kind === 'slots' || kind === 'mmio') return isKvm;
    if (kind === 'tom2') return !isKvm;
    return kind !== 'many-ranges' || traits.variableRanges === 'vcnt';
  });
}

/** Switches that only KVM looks at are as on a machine elsewhere; a host's registers are no part of these tables. */
function subjectOf(generated: Vcpu, { flags }: Policy): Vcpu {
  const { hostMsrs: _, ...guest } = generated;
  if (flags.ept === 'kvm') return vcpu(guest);
  const { maxphyaddr, msrs, vcnt } = guest;
  return vcpu({ maxphyaddr, msrs, vcnt });
}

/** Frames on both sides of each edge and some anywhere, at most `most`, ascending. */
function framesOf(seed: Seed, index: number, subject: Vcpu, most: number): readonly number[] {
  const frames = frameCount(subject.maxphyaddr);
  const random = new Random(seed, BigInt(index) + FRAMES_STREAM);
  const near = edgesOf(subject).flatMap((edge) => [edge - 1, edge]);
  const anywhere = Array.from({ length: ANYWHERE }, () => random.below(frames));
  const left = [...new Set([...near, ...anywhere])].filter((gfn) => gfn >= 0 && gfn < frames);
  const chosen: number[] = [];
  while (left.length > 0 && chosen.length < most) {
    chosen.push(...left.splice(random.below(left.length), 1));
  }
  return chosen.sort((a, b) => a - b);
}

function answerOf<W extends Want>(view: View, want: W, gfn: number): SpanOf<W> {
  const [span] = view.spansOf(want, { range: { start: gfn, end: gfn + 1 } });
  return span!;
}

type Rules = Pick<PageRow, 'mtrrRule' | 'rule'>;

/** The row as an engine gives it. */
function answeredRow(view: View, gfn: number): Omit<PageRow, keyof Rules> {
  const wants = wantsOf(view.policy);
  const { type, ipat } = answerOf(view, 'ept', gfn);
  const leaf = wants.includes('leaf') ? answerOf(view, 'leaf', gfn) : undefined;
  return {
    gfn,
    ...(wants.includes('mtrr') && { mtrr: answerOf(view, 'mtrr', gfn).type }),
    type,
    ipat,
    ...(leaf && { leaf: { level: leaf.level, entry: leaf.entry } }),
  };
}

/** The rules behind a row, as `explain` tells them, which holds them against the view's answer. */
function rulesOf(view: View, gfn: number): Rules {
  if (view.policy.peer) return { rule: 'peer' };
  const { manual, kvm, ept, usesMtrr } = explain(view, gfn, { changes: false });
  const rule: RuleId = `ept.${ept.steps.at(-1)!.question as Exclude<(typeof ept.steps)[number]['question'], 'nested'>}`;
  if (!usesMtrr) return { rule };
  if (kvm)
    return { mtrrRule: kvm.rule === 'fold' ? `kvm.${kvm.steps.at(-1)!.rule}` : `kvm.${kvm.rule}`, rule };
  return {
    mtrrRule: manual.rule === 'variable' ? `mtrr.${manual.precedence!}` : `mtrr.${manual.rule}`,
    rule,
  };
}

/**
 * Layouts with golden rows, one after the other.
 *
 * @param options - what they are made from
 * @param count - how many layouts
 * @param most - rows of a layout at most
 * @returns the same for the same arguments, always
 * @throws EptsweepError `internal` where two engines differ
 */
export function* pageTables(
  { seed, policy, evaluators }: TableOptions,
  count: number,
  most: number,
): Generator<PageTable, void, undefined> {
  const kinds = kindsOf(policy);
  for (let index = 0; index < count; index++) {
    const { kind, vcpu: generated } = generateCase(seed, index, kinds, [policy]);
    const subject = subjectOf(generated, policy);
    const gfns = framesOf(seed, index, subject, most);
    const rows = settledAnswer(
      evaluators,
      subject,
      policy,
      (view) => gfns.map((gfn) => answeredRow(view, gfn)),
      `layout ${index} of seed ${seed}`,
    );
    const view = evaluators[0]!.view(subject, policy);
    try {
      const told = rows!.map((row) => ({ ...row, ...rulesOf(view, row.gfn) }));
      yield { index, kind: kind as LayoutKind, vcpu: subject, rows: told };
    } finally {
      view.dispose();
    }
  }
}
