/** A plan, held against what was wanted: every page, by an engine that knows nothing of how the plan was made. */
import type { Evaluator } from '../engine/index.ts';
import { EptsweepError } from '../errors.ts';
import { USUAL_VARIABLE_RANGES } from '../msr/index.ts';
import { type Policy, policy } from '../policy/index.ts';
import { type GfnRange, type MtrrType, UC, UNDEFINED } from '../types.ts';
import { type MsrWrite, type Vcpu, vcpu } from '../vm/index.ts';
import { registersOf } from './plan.ts';
import type { Fit } from './plan-registers.ts';
import { ANY_TYPE, accepts } from './wanted.ts';

/** Frames, what they may have, and what they get. */
export interface Reached extends GfnRange {
  readonly accepted: number;
  readonly type: MtrrType;
}

/** How KVM reads a plan. */
export interface KvmReading {
  /** The row of KVM releases. */
  readonly policy: string;
  /** Undefined where KVM cannot hold it: it has 8 variable ranges. */
  readonly differingPages: bigint | undefined;
  /** The first frames that differ from the manual's reading, at most 64. */
  readonly ranges: readonly GfnRange[];
}

/** What the evaluation says of a plan. */
export interface Proof {
  readonly engine: string;
  /** Pages that are UC instead of what was wanted, where the plan does not fit. */
  readonly lost: readonly Reached[];
  /** Pages of which nothing is wanted, by the type that they get. */
  readonly free: ReadonlyMap<MtrrType, number>;
  /** By row of KVM releases; empty if the engine cannot compare. */
  readonly kvm: readonly KvmReading[];
}

/** KVM releases that look at guest MTRRs; later ones do not. */
const KVM_ROWS = ['kvm-4.7', 'kvm-6.7'] as const;
const MOST_SHOWN = 64;

/** A plan as a vCPU, with what else of its registers matters to the manual. */
function vcpuOfPlan({ plan, vcnt }: Fit, others: readonly MsrWrite[] = []): Vcpu {
  const writes = others.map(({ msr, value }) => [msr, value] as const);
  return vcpu({
    maxphyaddr: plan.maxphyaddr,
    vcnt: Math.max(vcnt, plan.ranges.length),
    msrs: [...writes, ...registersOf(plan)],
  });
}

/** Frames of one wanted stretch that get one type. */
function* outcomes(fit: Fit, evaluator: Evaluator, machine: Vcpu): Generator<Reached> {
  const view = evaluator.view(machine, policy('sdm'));
  try {
    let index = 0;
    const { stretches } = fit.wanted;
    for (const { start, end, type } of view.spansOf('mtrr')) {
      while (stretches[index]!.end <= start) index += 1;
      for (let at = index; at < stretches.length && stretches[at]!.start < end; at++) {
        const { accepted, ...stretch } = stretches[at]!;
        yield { start: Math.max(start, stretch.start), end: Math.min(end, stretch.end), accepted, type };
      }
    }
  } finally {
    view.dispose();
  }
}

/** Pages of stretches that may have any type, by the type that they get. */
function freePages(all: readonly Reached[]): ReadonlyMap<MtrrType, number> {
  const pages = new Map<MtrrType, number>();
  for (const { start, end, accepted, type } of all) {
    if (accepted === ANY_TYPE) pages.set(type, (pages.get(type) ?? 0) + end - start);
  }
  return pages;
}

function readingBy(row: Policy, fit: Fit, evaluator: Evaluator, machine: Vcpu): KvmReading {
  if (fit.plan.ranges.length > USUAL_VARIABLE_RANGES || !evaluator.canCompare) {
    return { policy: row.name, differingPages: undefined, ranges: [] };
  }
  const manual = evaluator.view(machine, policy('sdm'));
  const kvm = evaluator.view({ ...machine, vcnt: undefined }, row);
  try {
    const comparison = evaluator.compare(manual, kvm, 'mtrr');
    const ranges: GfnRange[] = [];
    for (const { start, end } of comparison.spans()) {
      if (ranges.length === MOST_SHOWN) break;
      ranges.push({ start, end });
    }
    return { policy: row.name, differingPages: comparison.pages, ranges };
  } finally {
    manual.dispose();
    kvm.dispose();
  }
}

function unlike(what: string): EptsweepError {
  return new EptsweepError('internal', `the plan does not hold: ${what}`);
}

/**
 * Evaluates a plan on every page and holds the outcome against the wanted map.
 *
 * @param fit - what `planRegisters` found
 * @param evaluator - any; `auto` compares with KVM too
 * @param others - further register writes of the machine that matter, AMD's
 * @returns what is lost, what pages get that may have any type, and how KVM reads the plan
 * @throws EptsweepError `internal` where the plan does not give what it is said to
 * @example
 * const map = wantedMap(36, [{ start: 0, end: 0xc0000, accepted: accepting([WB]) }], accepting([UC]));
 * provePlan(planRegisters(map, { vcnt: 1 }), createEvaluatorSync()).lost.length; // 1
 */
export function provePlan(fit: Fit, evaluator: Evaluator, others: readonly MsrWrite[] = []): Proof {
  const machine = vcpuOfPlan(fit, others);
  const all = [...outcomes(fit, evaluator, machine)];
  const lost = all.filter(({ accepted, type }) => type === UNDEFINED || !accepts(accepted, type));
  const wrong = lost.find(({ type }) => type !== UC);
  if (wrong) throw unlike(`frame 0x${wrong.start.toString(16)} gets type ${wrong.type}`);
  const pages = lost.reduce((sum, { start, end }) => sum + end - start, 0);
  if (pages !== fit.lostPages) throw unlike(`${pages} pages are lost, not ${fit.lostPages}`);
  const kvm = KVM_ROWS.map((row) => readingBy(policy(row), fit, evaluator, machine));
  const misread = kvm.find(({ differingPages }) => (differingPages ?? 0n) > 0n);
  // Of registers that KVM does not know only a plan made for KVM takes account.
  const isRightInKvm = fit.discipline === 'kvm' || (fit.discipline === 'disjoint' && others.length === 0);
  if (misread && isRightInKvm) throw unlike(`${misread.policy} reads it otherwise`);
  return { engine: evaluator.engine, lost, free: freePages(all), kvm };
}
