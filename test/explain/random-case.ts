/** A random VM, one of its pages, and what `explain` says would change it, in the names of brute-force.ts. */
import { createEvaluatorSync } from '../../src/engine/index.ts';
import { type Change, type ChangeEffect, explain } from '../../src/explain/index.ts';
import type { Policy } from '../../src/policy/index.ts';
import { PAT_TYPES, type PatType } from '../../src/types.ts';
import { frameCount, type VcpuInit, vcpu } from '../../src/vm/index.ts';
import { Rng } from '../generators/rng.ts';
import { interestingFrames, POLICIES, randomVcpu } from '../generators/vcpu.ts';
import { bruteForceChanges, referenceAnswer } from './brute-force.ts';

type Init = VcpuInit & { readonly msrs: readonly (readonly [number, bigint])[] };

/** A VM of one or more vCPUs, a policy, a page and an access. */
export interface RandomCase {
  readonly init: Init;
  readonly others: ReadonlyMap<string, Init>;
  readonly policy: Policy;
  readonly gfn: number;
  readonly pat: PatType;
}

const BITS: Readonly<Record<string, string>> = {
  'DEF_TYPE.E': 'E',
  'DEF_TYPE.FE': 'FE',
  'SYSCFG.MtrrTom2En': 'MtrrTom2En',
  'SYSCFG.Tom2ForceMemTypeWB': 'Tom2ForceMemTypeWB',
};

function nameOf(change: Change): string {
  switch (change.kind) {
    case 'quirk':
      return `quirk ${change.quirk}`;
    case 'noncoherent-dma':
      return 'dma';
    case 'self-snoop':
      return 'self-snoop';
    case 'cr0-cd':
      return 'cd';
    case 'guest-has-mtrr':
      return 'cpuid';
    case 'variable-range':
      return `variable ${change.index}`;
    case 'register-bit':
      return BITS[change.bit]!;
    case 'register-reset':
      return `reset 0x${change.msr.toString(16)}`;
    case 'host-mmio':
      return change.on ? 'mmio here' : `mmio ${change.range.start}`;
    case 'policy':
      return `policy ${change.name}`;
    case 'vendor':
      return `vendor ${change.vendor}`;
    case 'vcpu':
      return `vcpu ${change.ids[0]}`;
  }
}

function outcomeOf({ answer }: ChangeEffect): string {
  return answer ? [answer.type, answer.ipat, answer.level, answer.effective].join(' ') : 'refused';
}

/** The case of a seed; undefined where the vCPU is refused under its policy. */
export function randomCase(seed: number): RandomCase | undefined {
  const rng = new Rng(seed);
  const init = randomVcpu(rng) as Init;
  const policy = rng.pick(POLICIES);
  const others = new Map<string, Init>();
  for (let id = 1; id <= rng.between(0, 3); id++) {
    // Siblings differ in what a vCPU has for itself; slots, MMIO, DMA and the host are the VM's.
    const other = randomVcpu(rng) as Init;
    const isSameWidth = other.maxphyaddr === init.maxphyaddr && other.vcnt === init.vcnt;
    const { cr0cd = false, guestHasMtrr = true } = other;
    others.set(`vcpu ${id}`, { ...init, ...(isSameWidth && { msrs: other.msrs }), cr0cd, guestHasMtrr });
  }
  const frames = frameCount(init.maxphyaddr);
  const near = rng.pick(interestingFrames(init)) + rng.pick([-513, -1, 0, 0, 1, 255, 600]);
  const gfn = Math.min(frames - 1, Math.max(0, rng.chance(0.8) ? near : rng.below(frames)));
  const pat = rng.chance(0.5) ? 6 : rng.pick(PAT_TYPES);
  const answer = referenceAnswer(vcpu(init), policy, gfn, pat);
  return answer === 'refused' ? undefined : { init, others, policy, gfn, pat };
}

/** What the two enumerations disagree in. */
export interface Comparison {
  readonly missing: readonly string[];
  readonly wrong: readonly string[];
  /** Changes that alter the answer. */
  readonly found: number;
}

/** Holds what `explain` says would change the answer against the brute force. */
export function compareChanges({ init, others, policy, gfn, pat }: RandomCase): Comparison {
  const expected = bruteForceChanges(init, policy, gfn, pat, others);
  const evaluator = createEvaluatorSync();
  try {
    const siblings = [...others].map(([name, other]) => ({
      ids: [Number(name.slice(5))],
      vcpu: vcpu(other),
    }));
    const view = evaluator.view(vcpu(init), policy);
    const { changes } = explain(view, gfn, { pat, siblings });
    const told = new Map(changes!.map((effect) => [nameOf(effect.change), outcomeOf(effect)]));
    return {
      missing: [...expected.keys()].filter((name) => !told.has(name)),
      wrong: [...told].flatMap(([name, answer]) =>
        expected.get(name) === answer ? [] : [`${name}: ${answer}, not ${expected.get(name)}`],
      ),
      found: told.size,
    };
  } finally {
    evaluator.dispose();
  }
}
